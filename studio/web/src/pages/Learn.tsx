/** To be written. */
export default function Learn() {
  return (
    <main className="page">
      <h1>Learn</h1>
    </main>
  );
}
