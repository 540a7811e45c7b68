import type { Message } from "../api/client";

/** To be written: a graph that is looked at, not edited, with nodes lit by state. */
export function GraphView(_: {
  graph: Message["Graph"];
  states?: Record<string, "same" | "changed" | "added" | "removed">;
  label: string;
}) {
  return null;
}
