/** To be written. */
export default function Compare() {
  return (
    <main className="page">
      <h1>Compare</h1>
    </main>
  );
}
