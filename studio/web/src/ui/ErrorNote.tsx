/** An error's one line, where its cause is. */
export function ErrorNote({ error }: { error: unknown }) {
  if (!error) return null;
  return (
    <p role="alert" className="note note-bad">
      {error instanceof Error ? error.message : String(error)}
    </p>
  );
}
