/** To be written. */
export default function Home() {
  return (
    <main className="page">
      <h1>Home</h1>
    </main>
  );
}
