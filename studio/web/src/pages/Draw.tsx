/** To be written. */
export default function Draw() {
  return (
    <main className="page">
      <h1>Draw</h1>
    </main>
  );
}
