/** To be written. */
export default function Version() {
  return (
    <main className="page">
      <h1>Version</h1>
    </main>
  );
}
