import { expect, it } from "vitest";
import { type Grey, styleOf } from "./drawing";
import { signOf } from "./sign";

/** Paper with a dark block. */
function scan(
  width: number,
  height: number,
  at: { left: number; top: number; width: number; height: number },
): Grey {
  const pixels = new Uint8ClampedArray(width * height).map((_, index) => {
    const column = index % width;
    const row = Math.floor(index / width);
    const inside =
      column >= at.left && column < at.left + at.width && row >= at.top && row < at.top + at.height;
    return inside ? 30 : 225 + (index % 7); // paper is never even
  });
  return { width, height, pixels };
}

const MNIST = styleOf({ width: 28, height: 28, whiteOnBlack: true });

it("turns dark ink on paper into light ink on black, centred", () => {
  const { pixels } = signOf(scan(200, 120, { left: 10, top: 20, width: 40, height: 80 }), MNIST);
  const row = (index: number) => [...pixels.slice(index * 28, index * 28 + 28)];
  expect(Math.max(...row(3), ...row(24))).toBe(0);
  expect(
    row(14)
      .map((value) => (value > 200 ? 1 : 0))
      .join(""),
  ).toBe("0".repeat(9) + "1".repeat(10) + "0".repeat(9));
  expect(row(4)[14]).toBeGreaterThan(200);
});

it("leaves a picture of the model's size alone", () => {
  const image = scan(28, 28, { left: 3, top: 3, width: 5, height: 5 });
  expect(signOf(image, MNIST)).toBe(image);
});

it("is empty for an even picture", () => {
  const even = { width: 50, height: 50, pixels: new Uint8ClampedArray(2500).fill(140) };
  expect(Math.max(...signOf(even, MNIST).pixels)).toBe(0);
});
