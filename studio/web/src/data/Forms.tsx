/** What a file should look like, with examples. */
export function Forms() {
  return (
    <div className="grid forms">
      <section className="card">
        <h2>A table</h2>
        <p>
          One row for each example, the names of the columns in the first line. One of the columns is what is
          predicted.
        </p>
        {/* eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- it scrolls, so keys must reach it */}
        <pre className="code" tabIndex={0} aria-label="An example of a table">{`rooms,area,district,price
3,71.5,north,214000
2,48,centre,198500
4,,south,251000`}</pre>
        <p className="quiet">Empty cells are missing values, which models can learn from, too.</p>
      </section>
      <section className="card">
        <h2>Pictures</h2>
        <p>A zip with one folder for each class; the folder's name is the class.</p>
        {/* eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- as above */}
        <pre className="code" tabIndex={0} aria-label="An example of a zip">{`leaves.zip
├─ healthy/
│   ├─ 001.jpg
│   └─ 002.jpg
└─ spotted/
    ├─ 101.jpg
    └─ 102.png`}</pre>
        <p className="quiet">PNG, JPEG, WEBP, BMP or GIF; they are scaled to one size for the model.</p>
      </section>
    </div>
  );
}
