/** A class with its probability, 0 to 1. */
export type Bar = { name: string; share: number; chosen: boolean };

/** What is shown of an answer: classes with bars, the most probable first, a value, the next values, or several answers by label. */
export type Shown =
  | { kind: "class"; name: string; confidence: number; bars: Bar[] }
  | { kind: "classes"; names: string[]; bars: Bar[] }
  | { kind: "several"; answers: { label: string; shown: Shown }[] }
  | { kind: "value"; value: number; interval: Interval | null }
  | { kind: "values"; values: number[] };

/** Where the label is expected; so many of all labels, 0 to 1, lie in their interval. */
export type Interval = { low: number; high: number; share: number };

/** The gateway's output as it is shown; null where it is neither. */
export function shownOf(output: Record<string, unknown>): Shown | null {
  // A label may be called as an answer's field is, but its answer is an object.
  const own = Object.values(output);
  if (own.length > 0 && own.every((one) => isRecord(one))) return severalOf(output);
  if (Array.isArray(output.values)) return { kind: "values", values: output.values.map(Number) };
  if (typeof output.value === "number") {
    return { kind: "value", value: output.value, interval: (output.interval ?? null) as Interval | null };
  }
  if (Array.isArray(output.classes)) {
    const names = output.classes.map(String);
    return { kind: "classes", names, bars: barsOf(output.probabilities, names) };
  }
  if (output.class === undefined) return null;
  const name = String(output.class);
  const confidence = Number(output.confidence);
  return {
    kind: "class",
    name,
    confidence,
    bars: barsOf(output.probabilities ?? { [name]: confidence }, [name]),
  };
}

/** The answers to several labels, in their order; null where there is none. */
function severalOf(output: Record<string, unknown>): Shown | null {
  const answers = Object.entries(output).flatMap(([label, own]) => {
    const shown = isRecord(own) ? shownOf(own) : null;
    return shown ? [{ label, shown }] : [];
  });
  return answers.length > 0 ? { kind: "several", answers } : null;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function barsOf(probabilities: unknown, chosen: readonly string[]): Bar[] {
  return Object.entries((probabilities ?? {}) as Record<string, number>)
    .map(([name, share]) => ({ name, share, chosen: chosen.includes(name) }))
    .sort((a, b) => b.share - a.share || Number(b.chosen) - Number(a.chosen));
}

/** A share in words: "97.3%"; what is neither 0 nor 1 is not shown as such. */
export function percent(share: number): string {
  const shown = (100 * share).toFixed(1);
  if (shown === "0.0" && share > 0) return "< 0.1%";
  if (shown === "100.0" && share < 1) return "> 99.9%";
  return `${shown}%`;
}
