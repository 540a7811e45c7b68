import { expect, it } from "vitest";
import { heatPixels, relative, signed } from "./attribution";

it("weights are relative to the greatest one", () => {
  expect(relative(-2, [1, -4])).toBe(-0.5);
  expect(relative(0, [0, 0])).toBe(0);
});

it("a heat map is transparent where nothing counts, orange for and blue against", () => {
  const { width, height, pixels } = heatPixels([[0, 2, -2]]);
  expect([width, height]).toEqual([3, 1]);
  expect(pixels[3]).toBe(0);
  expect(pixels[4]!).toBeGreaterThan(pixels[6]!);
  expect(pixels[10]!).toBeGreaterThan(pixels[8]!);
  expect(pixels[7]).toBe(pixels[11]);
});

it("shows the sign of a weight", () => {
  expect(signed(0.312)).toBe("+0.31");
  expect(signed(-0.05)).toBe("−0.05");
});
