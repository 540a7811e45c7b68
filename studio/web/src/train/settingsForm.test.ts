import { describe, expect, it } from "vitest";
import { ServerError } from "../api/client";
import {
  type Choices,
  type Setting,
  isChanged,
  newJob,
  offered,
  problem,
  problems,
  serverProblems,
  stepped,
} from "./settingsForm";

function setting(name: string, type: Setting["type"], value: unknown, more: Partial<Setting> = {}): Setting {
  return { part: "training", name, type, value, help: "", choices: [], logarithmic: false, ...more };
}

const RATE = setting("learning_rate", "float", 0.001, { low: 1e-9, high: 100, logarithmic: true });
const BATCH = setting("batch_size", "int", 32, { low: 1, logarithmic: true });
const OPTIMIZER = setting("optimizer", "str", "adam", { choices: ["adam", "sgd"] });
const BALANCED = setting("balanced", "bool", false);
const KEY = setting("key", "list[str]", ["PassengerId"], { part: "splits" });
const HIDDEN = setting("hidden", "list[int]", [64, 32], { part: "model" });
const ALL = [BALANCED, RATE, BATCH, OPTIMIZER, KEY, HIDDEN];

const CHOICES: Choices = { kind: "run", texts: {}, folds: "5", limit: "", minutes: "", memory_mb: "" };
const PAGE = { graph: null, document: null };

describe("offered", () => {
  it("puts the few that matter first, in their order", () => {
    expect(offered(ALL, false).first.map(({ name }) => name)).toEqual([
      "optimizer",
      "learning_rate",
      "batch_size",
    ]);
  });

  it("leaves the model's settings out for a drawn graph", () => {
    expect(offered(ALL, true).rest).toEqual([BALANCED, KEY]);
    expect(offered(ALL, false).rest).toEqual([BALANCED, KEY, HIDDEN]);
  });
});

describe("newJob", () => {
  it("sends only what differs from the page, as texts", () => {
    const texts = {
      learning_rate: " 0.01 ",
      batch_size: "32",
      balanced: "true",
      hidden: "64, 32",
      key: "PassengerId,Name",
    };
    expect(newJob("titanic", ALL, { ...CHOICES, texts }, PAGE).settings).toEqual({
      learning_rate: "0.01",
      balanced: "true",
      key: "PassengerId,Name",
    });
  });

  it("takes a number in another form for the page's own", () => {
    expect(isChanged(RATE, "1e-3")).toBe(false);
    expect(isChanged(RATE, "0.0010")).toBe(false);
    expect(isChanged(BATCH, "32.0")).toBe(false);
    expect(isChanged(RATE, undefined)).toBe(false);
    expect(isChanged(KEY, "")).toBe(true);
  });

  it("has the numbers of its kind, and null for limits that are left to the studio", () => {
    const job = newJob(
      "digits",
      ALL,
      { ...CHOICES, kind: "kfold", folds: "8", limit: "500", memory_mb: "2048" },
      PAGE,
    );
    expect(job).toMatchObject({ kind: "kfold", folds: 8, limit: 500, minutes: null, memory_mb: 2048 });
  });
});

describe("problem", () => {
  it.each([
    [RATE, "0", "Use a number from 1e-9 to 100."],
    [RATE, "fast", "Use a number from 1e-9 to 100."],
    [BATCH, "2.5", "Use a whole number of at least 1."],
    [BATCH, "", "Use a whole number of at least 1."],
    [OPTIMIZER, "adagrad", "Use one of adam, sgd."],
    [HIDDEN, "64,many", "Use whole numbers with commas between."],
  ])("refuses %o for %s", (of, text, line) => expect(problem(of, text)).toBe(line));

  it.each([
    [RATE, "1e-4"],
    [BATCH, "64"],
    [OPTIMIZER, "sgd"],
    [KEY, ""],
    [HIDDEN, "64, 32"],
    [BALANCED, "true"],
  ])("takes %o of %s", (of, text) => expect(problem(of, text)).toBeNull());

  it("looks at folds of a K-fold alone, and at limits where they are given", () => {
    expect(problems(ALL, { ...CHOICES, folds: "1" })).toEqual({});
    expect(problems(ALL, { ...CHOICES, kind: "kfold", folds: "1" })).toEqual({
      folds: "Use a whole number from 2 to 50.",
    });
    expect(Object.keys(problems(ALL, { ...CHOICES, limit: "-1", minutes: "0", memory_mb: "100" }))).toEqual([
      "limit",
      "minutes",
      "memory_mb",
    ]);
  });
});

describe("stepped", () => {
  it.each([
    [RATE, "0.001", 1, "0.003"],
    [RATE, "0.001", -1, "0.0003"],
    [RATE, "0.003", 1, "0.01"],
    [RATE, "0.002", -1, "0.001"],
    [RATE, "100", 1, "100"],
    [BATCH, "32", 1, "64"],
    [BATCH, "48", -1, "32"],
    [BATCH, "1", -1, "1"],
    [BATCH, "", 1, ""],
  ] as const)("moves %o from %s by %s to %s", (of, text, direction, next) =>
    expect(stepped(of, text, direction)).toBe(next),
  );
});

describe("serverProblems", () => {
  const names = ["rate", "learning_rate", "batch_size", "folds"];

  it.each([
    ["learning_rate: received '0'; use a number from 1e-09 to 100", "learning_rate"],
    ["digits: batch_size: received 0; use a whole number of at least 1", "batch_size"],
    ["body.folds: Input should be greater than or equal to 2", "folds"],
    ["the graph: Dense needs at least 2 dimensions", ""],
    ["Nobody answers.", ""],
  ])("puts %o at %o", (message, field) =>
    expect(serverProblems(new ServerError(message, 422, {}), names)).toEqual({ [field]: message }),
  );

  it("finds none without an error", () => expect(serverProblems(null, names)).toEqual({}));
});
