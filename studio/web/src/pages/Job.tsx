/** To be written. */
export default function Job() {
  return (
    <main className="page">
      <h1>Job</h1>
    </main>
  );
}
