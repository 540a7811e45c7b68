import { describe, expect, it } from "vitest";
import type { Search, Trial } from "../train/result";
import { bestSettings, stagesOf, whatOf } from "./stages";

const trial = (
  number: number,
  stage: string,
  train: number,
  evaluation: number,
  more: Partial<Trial> = {},
): Trial => ({
  number,
  stage,
  what: `trial ${number}`,
  parameters: 100 * number,
  train_loss: train,
  eval_loss: evaluation,
  eval: { rmse: Math.sqrt(evaluation) },
  epochs: 10,
  best_epoch: 5,
  fit: "good fit",
  ...more,
});
const search: Search = {
  dataset: "boston_housing",
  primary: "rmse",
  trials: [
    trial(0, "naive baseline", 80, 81),
    trial(1, "small", 30, 36),
    trial(2, "scaled up", 4, 25, { fit: "overfits", what: "hidden 64-32" }),
    trial(3, "regularised", 9, 16, { what: "dropout 0.25" }),
    trial(4, "regularised", 9, 20),
    trial(5, "page", 9, 18),
  ],
  best: 3,
  settings: ["hidden=64,32", "dropout=0.25"],
  test: { rmse: 4.1 },
  naive: { rmse: 9 },
  examples: { train: 300, eval: 100, test: 100 },
  notes: [],
};

describe("the path in words", () => {
  it("has each stage with its own numbers", () => {
    const [naive, small, scaled, regularised, page] = stagesOf(search);
    expect(naive!.found).toContain("RMSE 9.000");
    expect(small!.found).toContain("100 weights (trial 1)");
    expect(scaled!.found).toContain("train loss 4.000, eval loss 25. It overfits.");
    expect(regularised!.found).toContain("Dropout 0.25 lowers the eval loss most: from 25 to 16");
    expect(page!.found).toContain("eval loss of 18,");
  });
  it("does not say that it overfits where it does not, nor that a change helps where none does", () => {
    const trials = [
      trial(0, "naive baseline", 80, 81),
      trial(1, "small", 30, 36),
      trial(2, "scaled up", 20, 25),
      trial(3, "regularised", 24, 26),
    ];
    const [, , scaled, regularised] = stagesOf({ ...search, trials });
    expect(scaled!.found).toContain("no model overfits");
    expect(regularised!.found).toBe("None of the changes lowers the eval loss.");
  });
  it("says where nothing beats the naive baseline", () => {
    const notes = ["none of the 4 smallest models beats the naive baseline's rmse"];
    expect(stagesOf({ ...search, notes })[1]!.found).toMatch(/^None of 1 beats it/);
  });
  it("takes a loss that is none", () => {
    const trials = [
      trial(0, "naive baseline", 80, 81),
      trial(1, "small", 30, 36),
      { ...trial(2, "regularised", 1, 1), eval_loss: null },
    ];
    expect(stagesOf({ ...search, trials }).at(-1)!.found).toBe("None of the changes lowers the eval loss.");
  });
});

it("says what the same is", () => {
  const smaller = trial(5, "regularised", 8, 15, { what: "the same, hidden 32" });
  expect(whatOf(smaller, [...search.trials.slice(0, 5), smaller])).toBe("dropout 0.25, hidden 32");
  expect(whatOf(search.trials[3]!, search.trials)).toBe("dropout 0.25");
});

it("gives the best settings by name", () => {
  expect(bestSettings(search)).toEqual({ hidden: "64,32", dropout: "0.25" });
});
