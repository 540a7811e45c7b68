import { describe, expect, it } from "vitest";
import { percent, shownOf } from "./answer";

describe("an answer", () => {
  it("has bars of all classes, the most probable first", () => {
    const shown = shownOf({ class: "7", confidence: 0.8, probabilities: { "1": 0.15, "7": 0.8, "9": 0.05 } });
    expect(shown).toEqual({
      kind: "class",
      name: "7",
      confidence: 0.8,
      bars: [
        { name: "7", share: 0.8, chosen: true },
        { name: "1", share: 0.15, chosen: false },
        { name: "9", share: 0.05, chosen: false },
      ],
    });
  });
  it("has the chosen class first among equals", () => {
    const shown = shownOf({ class: "b", confidence: 0.5, probabilities: { a: 0.5, b: 0.5 } });
    expect(shown?.kind === "class" && shown.bars[0]!.name).toBe("b");
  });
  it("has one bar where the probabilities are not given", () => {
    const shown = shownOf({ class: "b", confidence: 0.5 });
    expect(shown?.kind === "class" && shown.bars).toHaveLength(1);
  });
  it("is a value of a regression", () => {
    expect(shownOf({ value: 21.5 })).toEqual({ kind: "value", value: 21.5, interval: null });
    const interval = { low: 18, high: 25, share: 0.9 };
    expect(shownOf({ value: 21.5, interval })).toEqual({ kind: "value", value: 21.5, interval });
    expect(shownOf({})).toBeNull();
  });
  it("is any number of classes, each with its own probability", () => {
    const probabilities = { a: 0.2, b: 0.7, c: 0.9 };
    expect(shownOf({ classes: ["b", "c"], probabilities })).toEqual({
      kind: "classes",
      names: ["b", "c"],
      bars: [
        { name: "c", share: 0.9, chosen: true },
        { name: "b", share: 0.7, chosen: true },
        { name: "a", share: 0.2, chosen: false },
      ],
    });
    expect(shownOf({ classes: [] })).toEqual({ kind: "classes", names: [], bars: [] });
  });
  it("is an answer to each of several labels, in their order", () => {
    const shown = shownOf({ Survived: { class: "died", confidence: 0.8 }, Fare: { value: 7 } });
    expect(shown?.kind === "several" && shown.answers.map((one) => [one.label, one.shown.kind])).toEqual([
      ["Survived", "class"],
      ["Fare", "value"],
    ]);
  });
  it("is several answers where a label is called as an answer's field", () => {
    const shown = shownOf({ class: { class: "died", confidence: 0.8 }, value: { value: 7 } });
    expect(shown?.kind).toBe("several");
  });
  it("is the next values of a forecast", () => {
    expect(shownOf({ values: [1, 2.5] })).toEqual({ kind: "values", values: [1, 2.5] });
  });
});

it("shows shares without rounding to certainty", () => {
  expect(percent(0.973)).toBe("97.3%");
  expect(percent(0.00001)).toBe("< 0.1%");
  expect(percent(0.99999)).toBe("> 99.9%");
  expect(percent(0)).toBe("0.0%");
  expect(percent(1)).toBe("100.0%");
});
