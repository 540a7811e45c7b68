import { describe, expect, it } from "vitest";
import { type Grey, isSign, pictureOf, type Stroke, styleOf } from "./drawing";

const MNIST = styleOf({ width: 28, height: 28, whiteOnBlack: true });
const DIGITS = styleOf({ width: 8, height: 8, whiteOnBlack: true });

/** First and last column and row with ink. */
function box({ width, pixels }: Grey, dark = 20) {
  const inked = [...pixels.keys()].filter((index) => pixels[index]! > dark);
  const columns = inked.map((index) => index % width);
  const rows = inked.map((index) => Math.floor(index / width));
  return {
    left: Math.min(...columns),
    right: Math.max(...columns),
    top: Math.min(...rows),
    bottom: Math.max(...rows),
  };
}

const circle = (x: number, y: number, radius: number): Stroke =>
  Array.from({ length: 41 }, (_, step) => ({
    x: x + radius * Math.cos((step / 20) * Math.PI),
    y: y + radius * Math.sin((step / 20) * Math.PI),
  }));

describe("the picture of a drawing", () => {
  it("is the same wherever and however large one draws", () => {
    const small = pictureOf([circle(60, 40, 20)], MNIST);
    const large = pictureOf([circle(170, 180, 120)], MNIST);
    expect([...small.pixels]).toEqual([...large.pixels]);
  });

  it("fills 20 of MNIST's 28 pixels, in the middle", () => {
    expect(box(pictureOf([circle(100, 100, 50)], MNIST))).toEqual({ left: 4, right: 23, top: 4, bottom: 23 });
  });

  it("fills the digits' 8 pixels from top to bottom, and squeezes what is too wide", () => {
    const found = box(pictureOf([circle(100, 100, 50)], DIGITS));
    expect([found.top, found.bottom]).toEqual([0, 7]);
    expect(found.left).toBeGreaterThanOrEqual(1);
    expect(found.right).toBeLessThanOrEqual(6);
  });

  it("keeps a one narrow", () => {
    const one = [
      { x: 80, y: 10 },
      { x: 80, y: 200 },
    ];
    const found = box(pictureOf([one], MNIST));
    expect(found.right - found.left).toBeLessThanOrEqual(3);
    expect(found.bottom - found.top).toBe(19);
  });

  it("keeps the form of a wide sign of MNIST", () => {
    const wide = circle(0, 0, 50).map(({ x, y }) => ({ x: 2 * x, y }));
    const found = box(pictureOf([wide], MNIST));
    expect(found.right - found.left).toBe(19);
    expect(found.bottom - found.top).toBeLessThanOrEqual(12);
  });

  it("has the centre of mass in MNIST's middle", () => {
    // An L has most of its ink at the left and below.
    const corner = [
      { x: 0, y: 0 },
      { x: 0, y: 100 },
      { x: 60, y: 100 },
    ];
    const { pixels } = pictureOf([corner], MNIST);
    let total = 0;
    let across = 0;
    pixels.forEach((value, index) => {
      total += value;
      across += value * ((index % 28) + 0.5);
    });
    expect(Math.abs(across / total - 14)).toBeLessThanOrEqual(0.5);
  });

  it("is dark on light where the model was trained so", () => {
    const { pixels } = pictureOf([circle(50, 50, 20)], { ...MNIST, whiteOnBlack: false });
    expect(pixels[0]).toBe(255);
    expect(Math.min(...pixels)).toBe(0);
  });

  it("is empty without strokes, and takes a dot", () => {
    expect(Math.max(...pictureOf([], MNIST).pixels)).toBe(0);
    const dot = pictureOf([[{ x: 3, y: 3 }]], MNIST);
    expect(Math.max(...dot.pixels)).toBeGreaterThan(100);
    expect(box(dot).right - box(dot).left).toBeLessThanOrEqual(3);
  });

  it("has about as much ink as the digits of scikit-learn, whose mean is 19.5 of 64 pixels", () => {
    const zero = circle(0, 0, 50).map(({ x, y }) => ({ x: 0.7 * x, y }));
    const ink = pictureOf([zero], DIGITS).pixels.reduce((sum, value) => sum + value / 255, 0);
    expect(ink).toBeGreaterThan(13);
    expect(ink).toBeLessThan(26);
  });
});

describe("which pictures are drawn", () => {
  it("small grey ones", () => {
    expect(isSign({ kind: "image", width: 28, height: 28, channels: 1 })).toBe(true);
    expect(isSign({ kind: "image", width: 28, height: 28, channels: 3 })).toBe(false);
    expect(isSign({ kind: "image", width: 224, height: 224, channels: 1 })).toBe(false);
    expect(isSign({ kind: "text" })).toBe(false);
  });
});
