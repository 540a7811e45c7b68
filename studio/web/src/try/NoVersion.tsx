import { Begin } from "../train/Begin";

/** There is no model to ask yet: the ways to one. */
export function NoVersion({ name }: { name: string }) {
  return (
    <div className="card stack">
      <p style={{ margin: 0 }}>
        There is no version of {name} to ask yet. A model has a version once it is trained and passes the
        gates of its page.
      </p>
      <Begin dataset={name} />
    </div>
  );
}
