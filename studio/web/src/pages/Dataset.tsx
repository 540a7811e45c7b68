/** To be written. */
export default function Dataset() {
  return (
    <main className="page">
      <h1>Dataset</h1>
    </main>
  );
}
