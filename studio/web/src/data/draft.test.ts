import { describe, expect, it } from "vitest";
import {
  barsOf,
  histogramOf,
  kindsOf,
  canWrite,
  type Draft,
  editOf,
  otherProblems,
  percents,
  problemsOf,
  taskOf,
  withKind,
  withLabel,
  withShare,
} from "./draft";

const column = (name: string, more: Partial<Draft["columns"][number]> = {}): Draft["columns"][number] => ({
  counts: {},
  options: {},
  name,
  kind: "number",
  why: "",
  missing: 0,
  distinct: 100,
  examples: [],
  ...more,
});
const draft: Draft = {
  id: "1",
  file: "passengers.csv",
  kind: "csv",
  rows: 100,
  name: "passengers",
  summary: "",
  label: "Survived",
  task: "BinaryClassification",
  classes: ["0", "1"],
  columns: [
    column("Survived", { distinct: 2, counts: { "0": 60, "1": 40 } }),
    column("Age", { minimum: 1, maximum: 80, options: { missing: "mean" } }),
    column("Class", { kind: "category", distinct: 3 }),
  ],
  train: 70,
  eval: 15,
  test: 15,
  assumed: [],
  problems: [],
  page: "",
  files: {},
  linked: false,
  pattern: "",
  query: "",
  thresholds: {},
  reading: {
    delimiter: ",",
    missing: [""],
    encoding: "utf-8",
    decimal: ".",
    thousands: "",
    names: [],
    skip_rows: 0,
    units: [],
  },
};

describe("an edit of a draft", () => {
  it("has what can be changed", () => {
    const edit = editOf(draft);
    expect(edit.kinds).toEqual({ Survived: "number", Age: "number", Class: "category" });
    expect(edit.options).toEqual({ Age: { missing: "mean" } });
  });
  it("drops a column's options with its kind", () => {
    const edit = withKind(editOf(draft), "Age", "ignore");
    expect(edit.kinds.Age).toBe("ignore");
    expect(edit.options).toEqual({});
  });
  it("takes the task from the label's values", () => {
    expect(withLabel(editOf(draft), draft, "Age").task).toBe("Regression");
    expect(withLabel(editOf(draft), draft, "Class").task).toBe("MulticlassClassification");
    expect(taskOf(column("x", { kind: "set", options: { classes: ["a", "b"] } }))).toBe("MultiLabel");
    expect(taskOf(column("x", { distinct: 2 }))).toBe("BinaryClassification");
    expect(taskOf(column("x", { distinct: 7, minimum: 0 }))).toBe("MulticlassClassification");
  });
});

describe("the shares of the splits", () => {
  it("sum to 100 in whole per cent", () => {
    expect(percents({ train: 0.7, eval: 0.15, test: 0.15 })).toEqual({ train: 70, eval: 15, test: 15 });
    const thirds = percents({ train: 1, eval: 1, test: 1 });
    expect(thirds.train + thirds.eval + thirds.test).toBe(100);
    expect(percents({ train: 0, eval: 0, test: 0 }).train).toBe(70);
  });
  it("keep the proportion of the two that are not changed, and the server's scale", () => {
    const edit = withShare(editOf(draft), "train", 80);
    expect([edit.train, edit.eval, edit.test]).toEqual([80, 10, 10]);
    const fractions = withShare({ ...editOf(draft), train: 0.7, eval: 0.2, test: 0.1 }, "train", 40);
    expect([fractions.train, fractions.eval, fractions.test]).toEqual([0.4, 0.4, 0.2]);
  });
  it("leave no split empty, whatever is typed", () => {
    for (const typed of [0, -5, 100, 1000, NaN]) {
      const edit = withShare(editOf(draft), "test", typed);
      expect(edit.train + edit.eval + edit.test).toBe(100);
      expect(Math.min(edit.train, edit.eval, edit.test)).toBeGreaterThanOrEqual(1);
    }
  });
});

describe("problems", () => {
  const wrong: Draft = {
    ...draft,
    problems: [
      { field: "name", message: "taken", severity: "error" },
      { field: "Age", message: "half of it is missing", severity: "warning" },
      { field: "eval", message: "too small", severity: "error" },
      { field: "file", message: "all else", severity: "error" },
    ],
  };
  it("stand at their field, and none is lost", () => {
    expect(problemsOf(wrong, "name")).toHaveLength(1);
    expect(problemsOf(wrong, "columns.Age")).toHaveLength(1);
    expect(problemsOf(wrong, "splits")).toHaveLength(1);
    expect(otherProblems(wrong).map((problem) => problem.field)).toEqual(["file"]);
  });
  it("keep the page from being written where they are errors", () => {
    expect(canWrite(wrong)).toBe(false);
    expect(canWrite({ ...wrong, problems: [wrong.problems[1]!] })).toBe(true);
  });
});

it("shows the most frequent values, and the others as one", () => {
  const counts = Object.fromEntries([..."abcdefgh"].map((letter, index) => [letter, 20 - index]));
  const bars = barsOf(column("x", { counts }), 132, 4);
  expect(bars.map((bar) => bar.value)).toEqual(["a", "b", "c", "5 others"]);
  expect(bars.reduce((sum, bar) => sum + bar.share, 0)).toBeCloseTo(1);
  expect(barsOf(column("x"), 0)).toEqual([]);
});

it("shows numbers in ranges of equal width", () => {
  const counts = Object.fromEntries(
    Array.from({ length: 20 }, (_, value) => [String(value), value < 10 ? 3 : 1]),
  );
  const shares = histogramOf(column("x", { counts }), 2)!;
  expect(shares).toEqual([expect.closeTo(0.75), expect.closeTo(0.25)]);
  expect(histogramOf(column("x", { counts: { a: 1, b: 2, c: 3 } }), 2)).toBeNull();
  expect(histogramOf(column("x", { counts: { "1": 1, "2": 2 } }), 12)).toBeNull();
});

it("offers the kinds that a column can be read as", () => {
  expect(kindsOf(column("x", { kind: "category" }))).toEqual([
    "category",
    "text",
    "timestamp",
    "set",
    "ignore",
  ]);
  expect(kindsOf(column("x", { minimum: 0 }))).toContain("number");
  expect(kindsOf(column("x", { kind: "image" }))).toEqual(["image"]);
});
