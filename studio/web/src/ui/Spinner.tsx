/** Shown while something is awaited, with what it is. */
export function Spinner({ label }: { label: string }) {
  return (
    <div className="spinner" role="status">
      {label}
    </div>
  );
}
