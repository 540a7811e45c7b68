import { expect, it } from "vitest";
import { asked, type Check, placeWords, shortfall } from "./words";

const CHECK: Check = {
  kind: "threshold",
  metric: "binary_accuracy",
  value: 0.75,
  bound: 0.78,
  margin: -0.03,
  passed: false,
  of: "value",
};

it.each([
  [CHECK, "at least 0.780"],
  [{ ...CHECK, metric: "rmse", value: 4.2, bound: 3.5, margin: -0.7 }, "at most 3.500"],
  [{ ...CHECK, kind: "naive baseline" }, "more than 0.780, the naive baseline"],
  [
    { ...CHECK, kind: "last blessed", metric: "rmse", value: 3, bound: 3.5, margin: 0.5 },
    "at most 3.500, for the last blessed model",
  ],
  [{ ...CHECK, value: null, margin: null }, "the bound 0.780"],
])("a check %o asks for %s", (check, words) => expect(asked(check)).toBe(words));

it("says what a failed check lacks", () => {
  expect(shortfall(CHECK)).toBe("accuracy is 0.750 (−0.030); needed: at least 0.780.");
  expect(shortfall({ ...CHECK, of: "lower bound" })).toMatch(/^accuracy, lower bound is 0\.750/);
  expect(shortfall({ ...CHECK, value: null, margin: null })).toBe(
    "accuracy has no value on these examples; needed: the bound 0.780.",
  );
});

it("counts who is before a job", () => {
  expect(placeWords(1)).toBe("next in the queue");
  expect(placeWords(3)).toBe("2 jobs before it");
  expect(placeWords(null)).toBe("");
});
