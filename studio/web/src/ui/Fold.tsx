import { type ReactNode, useEffect, useRef } from "react";

/** A part that is folded away until asked for; `open` unfolds it, and never folds it under the reader's hands. */
export function Fold({
  summary,
  open = false,
  className = "",
  children,
}: {
  summary: ReactNode;
  open?: boolean;
  className?: string;
  children: ReactNode;
}) {
  const details = useRef<HTMLDetailsElement>(null);
  useEffect(() => {
    if (open && details.current) details.current.open = true;
  }, [open]);
  return (
    <details ref={details} className={`fold ${className}`}>
      <summary>{summary}</summary>
      {children}
    </details>
  );
}
