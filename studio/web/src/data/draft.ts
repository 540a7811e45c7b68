import type { Message } from "../api/client";

export type Draft = Message["Draft"];
export type Edit = Message["SaveDraft"];
export type Kind = Message["DraftColumn"]["kind"];
export const SPLITS = ["train", "eval", "test"] as const;
export type Split = (typeof SPLITS)[number];

const CLASSES = 20; // a column of numbers with more values than that is predicted as a number

/** What of a draft can be changed. */
export function editOf(draft: Draft): Edit {
  const { name, summary, label, task, train, eval: evaluation, test } = draft;
  return {
    name,
    summary,
    label,
    task,
    kinds: Object.fromEntries(draft.columns.map((column) => [column.name, column.kind])),
    options: Object.fromEntries(
      draft.columns
        .filter((column) => Object.keys(column.options ?? {}).length > 0)
        .map((column) => [column.name, column.options!]),
    ),
    train,
    eval: evaluation,
    test,
  };
}

/** The edit with another column to predict, and the task that its values suggest. */
export function withLabel(edit: Edit, draft: Draft, label: string): Edit {
  const column = draft.columns.find((one) => one.name === label);
  return { ...edit, label, task: column ? taskOf(column) : edit.task };
}

/** The task that a column's values suggest. */
export function taskOf(column: Message["DraftColumn"]): Edit["task"] {
  if (column.options?.classes) return "MultiLabel"; // names of a set
  if (column.distinct === 2) return "BinaryClassification";
  const numbers = column.minimum !== null && column.minimum !== undefined;
  return numbers && column.distinct > CLASSES ? "Regression" : "MulticlassClassification";
}

/** The edit with another kind of a column. */
export function withKind(edit: Edit, column: string, kind: Kind): Edit {
  const options = { ...edit.options };
  delete options[column]; // they are those of the kind before
  return { ...edit, kinds: { ...edit.kinds, [column]: kind }, options };
}

/** The shares of the splits in whole per cent, which sum to 100. */
export function percents(shares: Record<Split, number>): Record<Split, number> {
  const total = SPLITS.reduce((sum, split) => sum + shares[split], 0);
  if (!(total > 0)) return { train: 70, eval: 15, test: 15 };
  const train = Math.round((100 * shares.train) / total);
  const evaluation = Math.min(100 - train, Math.round((100 * shares.eval) / total));
  return { train, eval: evaluation, test: 100 - train - evaluation };
}

/** The edit with one share changed, in per cent: the others keep their proportion, and each split keeps at least 1%. */
export function withShare(edit: Edit, split: Split, percent: number): Edit {
  const before = percents(edit);
  const scale = SPLITS.reduce((sum, one) => sum + edit[one], 0) / 100 || 0.01;
  const changed = Math.min(98, Math.max(1, Math.round(percent) || 1));
  const [first, second] = SPLITS.filter((one) => one !== split) as [Split, Split];
  const rest = 100 - changed;
  const proportion =
    before[first] + before[second] > 0 ? before[first] / (before[first] + before[second]) : 0.5;
  const firstPercent = Math.min(rest - 1, Math.max(1, Math.round(rest * proportion)));
  const shares = { [split]: changed, [first]: firstPercent, [second]: rest - firstPercent } as Record<
    Split,
    number
  >;
  // In the scale that the server has them in, whole parts of a hundred or shares of 1.
  return {
    ...edit,
    ...Object.fromEntries(SPLITS.map((one) => [one, Number((shares[one] * scale).toFixed(6))])),
  };
}

/** The problems of a field: of `name`, `label`, `task`, `splits`, or of a column by its name. */
export function problemsOf(draft: Draft, field: string): Message["DraftProblem"][] {
  return draft.problems.filter((problem) => home(problem.field, draft) === field);
}

/** The problems that belong to no field of the form. */
export function otherProblems(draft: Draft): Message["DraftProblem"][] {
  return draft.problems.filter((problem) => home(problem.field, draft) === null);
}

function home(field: string, draft: Draft): string | null {
  if (["name", "summary", "label", "task", "splits"].includes(field)) return field;
  if ((SPLITS as readonly string[]).includes(field)) return "splits";
  const column = field.replace(/^(columns|kinds|options)\./, "");
  return draft.columns.some((one) => one.name === column) ? `columns.${column}` : null;
}

/** Whether nothing keeps the page from being written. */
export function canWrite(draft: Draft): boolean {
  return draft.problems.every((problem) => problem.severity === "warning");
}

/** A column's values as bars: by falling count with the others as one, at most `most`. */
export function barsOf(
  column: Message["DraftColumn"],
  rows: number,
  most = 6,
): { value: string; share: number }[] {
  const counts = Object.entries(column.counts ?? {}).sort((a, b) => b[1] - a[1]);
  const shown = counts.slice(0, counts.length > most ? most - 1 : most);
  const bars = shown.map(([value, count]) => ({ value, share: rows > 0 ? count / rows : 0 }));
  if (counts.length > shown.length) {
    const others = counts.slice(shown.length).reduce((sum, [, count]) => sum + count, 0);
    bars.push({ value: `${counts.length - shown.length} others`, share: rows > 0 ? others / rows : 0 });
  }
  return bars;
}

/** A column's numbers in ranges of equal width, as shares of the rows that have one; null where its values are not known as numbers. */
export function histogramOf(column: Message["DraftColumn"], ranges = 12): number[] | null {
  const counts = Object.entries(column.counts ?? {}).map(([value, count]) => [Number(value), count] as const);
  if (counts.length < ranges || counts.some(([value]) => !Number.isFinite(value))) return null;
  const values = counts.map(([value]) => value);
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const total = counts.reduce((sum, [, count]) => sum + count, 0);
  const shares = new Array<number>(ranges).fill(0);
  for (const [value, count] of counts)
    shares[Math.min(ranges - 1, Math.floor(((value - low) / (high - low)) * ranges))]! += count / total;
  return shares;
}

/** The kinds that a column can have: a picture is no table's cell, and what cannot be read as a number is none. */
export function kindsOf(column: Message["DraftColumn"]): Kind[] {
  if (column.kind === "image") return ["image"];
  const isNumber = column.minimum !== null && column.minimum !== undefined;
  const kinds: Kind[] = isNumber
    ? ["number", "exact", "category", "text", "timestamp", "latitude", "longitude", "ignore"]
    : ["category", "text", "timestamp", "set", "ignore"];
  return kinds.includes(column.kind) ? kinds : [column.kind, ...kinds];
}
