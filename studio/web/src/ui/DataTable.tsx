import type { ReactNode } from "react";

/** A table of numbers; where it is wider than the page it scrolls in its own box. The first cell of a row is its head. */
export function DataTable({
  caption,
  hideCaption = false,
  head,
  rows,
}: {
  caption: string;
  hideCaption?: boolean;
  head: readonly string[];
  rows: readonly { key: string; cells: readonly ReactNode[]; lit?: boolean }[];
}) {
  return (
    // A region that scrolls must be reached by the keyboard.
    // eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex
    <div className="table-box" tabIndex={0} role="region" aria-label={caption}>
      <table className="table">
        <caption className={hideCaption ? "visually-hidden" : undefined}>{caption}</caption>
        <thead>
          <tr>
            {head.map((word) => (
              <th key={word} scope="col">
                {word}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map(({ key, cells, lit }) => (
            <tr key={key} className={lit ? "table-lit" : undefined}>
              {cells.map((cell, place) =>
                place === 0 ? (
                  <th key={place} scope="row">
                    {cell}
                  </th>
                ) : (
                  <td key={place}>{cell}</td>
                ),
              )}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
