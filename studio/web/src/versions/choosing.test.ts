import { expect, it } from "vitest";
import type { Message } from "../api/client";
import { before, comparePath, toggled, tryPath, versionPath } from "./choosing";

function row(id: string, version: string | null, removed = false): Message["VersionRow"] {
  return {
    id,
    version,
    serving_version: null,
    run_id: null,
    at: null,
    blessed: version !== null,
    removed,
    labels: [],
    metrics: {},
    intervals: {},
    sparkline: [],
    drawn: false,
    has_graph: false,
    has_report: false,
    parameters: {},
  };
}

const ROWS = [row("1.2.0", "1.2.0"), row("2026T1", null), row("1.1.0", "1.1.0", true), row("1.0.0", "1.0.0")];
const VERSIONS = { dataset: "my data", primary_metric: "auc", higher_is_better: true, rows: ROWS };

it("two are chosen at most: the first of three is let go", () => {
  expect(toggled(["a", "b"], "c")).toEqual(["b", "c"]);
  expect(toggled(["a", "b"], "a")).toEqual(["b"]);
});

it("the older one is compared from, whichever was chosen first", () => {
  const path = "/datasets/my%20data/compare/1.0.0/1.2.0";
  expect(comparePath(VERSIONS, ["1.0.0", "1.2.0"])).toBe(path);
  expect(comparePath(VERSIONS, ["1.2.0", "1.0.0"])).toBe(path);
  expect(comparePath(VERSIONS, ["1.2.0"])).toBeNull();
});

it("the version before is the newest older one that is still there", () => {
  expect(before(ROWS, "1.2.0")?.id).toBe("1.0.0");
  expect(before(ROWS, "2026T1")?.id).toBe("1.0.0");
  expect(before(ROWS, "1.0.0")).toBeUndefined();
  expect(before(ROWS, "9.9.9")).toBeUndefined();
});

it("names that are no part of an address are written so that they are", () => {
  expect(versionPath("a/b", "1.0.0")).toBe("/datasets/a%2Fb/versions/1.0.0");
  expect(tryPath("a", "1.0.0")).toBe("/datasets/a/try?version=1.0.0");
  expect(tryPath("a")).toBe("/datasets/a/try");
});
