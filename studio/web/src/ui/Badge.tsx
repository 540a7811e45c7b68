import type { ReactNode } from "react";

/** A short word on a thing's state. */
export function Badge({
  tone = "quiet",
  children,
}: {
  tone?: "quiet" | "good" | "bad" | "waiting";
  children: ReactNode;
}) {
  return <span className={`badge badge-${tone}`}>{children}</span>;
}
