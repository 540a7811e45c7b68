/** To be written. */
export default function Jobs() {
  return (
    <main className="page">
      <h1>Jobs</h1>
    </main>
  );
}
