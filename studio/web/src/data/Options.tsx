import type { Message } from "../api/client";
import type { Edit } from "./draft";

/** The options of a column's feature, such as how missing numbers are filled; nothing where it has none. */
export function Options({
  column,
  edit,
  onChange,
}: {
  column: Message["DraftColumn"];
  edit: Edit;
  onChange: (edit: Edit) => void;
}) {
  const options = edit.options?.[column.name] ?? {};
  const entries = Object.entries(options).filter(([, value]) =>
    ["string", "number", "boolean"].includes(typeof value),
  );
  if (entries.length === 0) return null;
  const set = (key: string, value: unknown) =>
    onChange({ ...edit, options: { ...edit.options, [column.name]: { ...options, [key]: value } } });
  return (
    <details className="options">
      <summary>{entries.map(([key, value]) => `${key} ${value}`).join(", ")}</summary>
      <div className="row">
        {entries.map(([key, value]) => (
          <label key={key} className="option">
            {key}{" "}
            {typeof value === "boolean" ? (
              <input type="checkbox" checked={value} onChange={(event) => set(key, event.target.checked)} />
            ) : (
              <input
                className="input"
                type={typeof value === "number" ? "number" : "text"}
                value={String(value)}
                onChange={(event) =>
                  set(key, typeof value === "number" ? Number(event.target.value) : event.target.value)
                }
              />
            )}
          </label>
        ))}
      </div>
    </details>
  );
}
