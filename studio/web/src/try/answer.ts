/** A class with its probability, 0 to 1. */
export type Bar = { name: string; share: number; chosen: boolean };

/** What is shown of an answer: a class with bars, the most probable first, a value, or the next values. */
export type Shown =
  | { kind: "class"; name: string; confidence: number; bars: Bar[] }
  | { kind: "value"; value: number; interval: Interval | null }
  | { kind: "values"; values: number[] };

/** Where the label is expected; so many of all labels, 0 to 1, lie in their interval. */
export type Interval = { low: number; high: number; share: number };

/** The gateway's output as it is shown; null where it is neither. */
export function shownOf(output: Record<string, unknown>): Shown | null {
  if (Array.isArray(output.values)) return { kind: "values", values: output.values.map(Number) };
  if (typeof output.value === "number") {
    return { kind: "value", value: output.value, interval: (output.interval ?? null) as Interval | null };
  }
  if (output.class === undefined) return null;
  const name = String(output.class);
  const confidence = Number(output.confidence);
  const probabilities = (output.probabilities ?? { [name]: confidence }) as Record<string, number>;
  const bars = Object.entries(probabilities)
    .map(([of, share]) => ({ name: of, share, chosen: of === name }))
    .sort((a, b) => b.share - a.share || Number(b.chosen) - Number(a.chosen));
  return { kind: "class", name, confidence, bars };
}

/** A share in words: "97.3%"; what is neither 0 nor 1 is not shown as such. */
export function percent(share: number): string {
  const shown = (100 * share).toFixed(1);
  if (shown === "0.0" && share > 0) return "< 0.1%";
  if (shown === "100.0" && share < 1) return "> 99.9%";
  return `${shown}%`;
}
