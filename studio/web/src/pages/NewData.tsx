/** To be written. */
export default function NewData() {
  return (
    <main className="page">
      <h1>NewData</h1>
    </main>
  );
}
