/** To be written. */
export default function Try() {
  return (
    <main className="page">
      <h1>Try</h1>
    </main>
  );
}
