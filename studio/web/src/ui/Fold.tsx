import { type ReactNode, useEffect, useRef, useState } from "react";

/** A part that is folded away until asked for; `open` unfolds it, and never folds it under the reader's hands.
 * What is `long` is made when it is unfolded. */
export function Fold({
  summary,
  open = false,
  long = false,
  className = "",
  children,
}: {
  summary: ReactNode;
  open?: boolean;
  long?: boolean;
  className?: string;
  children: ReactNode;
}) {
  const [isOpen, setOpen] = useState(open);
  const details = useRef<HTMLDetailsElement>(null);
  useEffect(() => {
    if (open && details.current) details.current.open = true;
  }, [open]);
  return (
    <details
      ref={details}
      className={`fold ${className}`}
      onToggle={(event) => setOpen(event.currentTarget.open)}
    >
      <summary>{summary}</summary>
      {(isOpen || !long) && children}
    </details>
  );
}
