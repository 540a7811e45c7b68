import { useEditor } from "../context";

/** The document's name, which can be typed over. */
export function NameInput() {
  const name = useEditor((state) => state.name);
  const rename = useEditor((state) => state.rename);
  return (
    <input
      className="name-input"
      aria-label="Name of the drawing"
      value={name}
      maxLength={200}
      autoComplete="off"
      onChange={(event) => rename(event.target.value)}
      onKeyDown={(event) => event.key === "Enter" && event.currentTarget.blur()}
      onBlur={(event) => !event.target.value.trim() && rename("Untitled")}
    />
  );
}
