import { describe, expect, it } from "vitest";
import {
  bounds,
  bytes,
  duration,
  labelled,
  listed,
  metricName,
  metricValue,
  moment,
  sentence,
  signed,
} from "./format";

describe("metricValue", () => {
  it.each([
    [0.98765, "0.988"],
    [-0.0001, "0.000"],
    [-0.25, "−0.250"],
    [23.4567, "23.46"],
    [181234.4, "181,234"],
    [null, "no value"],
    [Number.NaN, "no value"],
    [Infinity, "∞"],
  ])("writes %s as %s", (value, text) => expect(metricValue(value)).toBe(text));
});

it("names a metric, of one of several labels with the label", () => {
  expect(metricName("binary_accuracy")).toBe("accuracy");
  expect(metricName("Survived.binary_accuracy")).toBe("accuracy of Survived");
  expect(metricName("a.b.f1_micro")).toBe("micro F1 of a.b");
});

it("gives a sign to what is better or worse", () => {
  expect(signed(0.01)).toBe("+0.010");
  expect(signed(-0.01)).toBe("−0.010");
  expect(signed(0)).toBe("0.000");
});

it("leaves out an interval that has an open end", () => {
  expect(bounds([0.759, 0.8874])).toBe("0.759 to 0.887");
  expect(bounds([0.759, null])).toBe("");
  expect(bounds(null)).toBe("");
});

it.each([
  [0.42, "0.4 s"],
  [12.4, "12 s"],
  [59.7, "1 min 0 s"],
  [200, "3 min 20 s"],
  [3900, "1 h 5 min"],
])("writes %s seconds as %s", (seconds, text) => expect(duration(seconds)).toBe(text));

it.each([
  [12, "12 bytes"],
  [1_240_000_000, "1.2 GB"],
  [999_700, "1.0 MB"],
  [640_000, "640 kB"],
])("writes %s bytes as %s", (amount, text) => expect(bytes(amount)).toBe(text));

it("names the day of another day alone", () => {
  const now = new Date(2026, 10, 29, 18, 0);
  expect(moment(new Date(2026, 10, 29, 9, 5).toISOString(), now)).toBe("09:05");
  expect(moment(new Date(2026, 10, 28, 9, 5).toISOString(), now)).toBe("28 Nov, 09:05");
  expect(moment(new Date(2025, 10, 28, 9, 5).toISOString(), now)).toBe("28 Nov 2025, 09:05");
});

it("makes labels and lists", () => {
  expect(labelled("learning_rate")).toBe("Learning rate");
  expect(sentence("5 answers differ")).toBe("5 answers differ.");
  expect(sentence("is it so?")).toBe("Is it so?");
  expect(sentence("")).toBe("");
  expect(listed(["a", "b", "c"])).toBe("a, b and c");
});
