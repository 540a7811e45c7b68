import type { Grey, Style } from "./drawing";

const NOISE = 0.25; // of the strongest ink: paper and shadows are weaker
const BOUND = 0.5; // ink that counts for the bounding box

/** A photograph or scan of a drawn sign as the pictures that a model was trained on: the paper becomes the background, and the
 * sign is scaled and centred as a drawing is. A picture of the model's own size stays as it is. */
export function signOf(image: Grey, style: Style): Grey {
  if (image.width === style.width && image.height === style.height) return image;
  const ink = inkOf(image);
  const box = boxOf(ink, image.width);
  const pixels = new Uint8ClampedArray(style.width * style.height);
  const put = (index: number, share: number) => {
    pixels[index] = Math.round(255 * (style.whiteOnBlack ? share : 1 - share));
  };
  pixels.forEach((_, index) => put(index, 0));
  if (box === null) return { width: style.width, height: style.height, pixels };

  const margin = style.margin * Math.min(style.width, style.height);
  const room = { x: style.width - 2 * margin, y: style.height - 2 * margin };
  const widest = Math.min(room.x, style.widest * style.width);
  const down = Math.min(room.y / box.height, (style.squeeze * widest) / box.width);
  const across = Math.min(down, widest / box.width);
  const left = (style.width - box.width * across) / 2;
  const top = (style.height - box.height * down) / 2;
  for (let row = 0; row < style.height; row++)
    for (let column = 0; column < style.width; column++) {
      const share = mean(
        ink,
        image,
        [box.left + (column - left) / across, box.left + (column + 1 - left) / across],
        [box.top + (row - top) / down, box.top + (row + 1 - top) / down],
      );
      put(row * style.width + column, share);
    }
  return { width: style.width, height: style.height, pixels };
}

/** How far each pixel is from the background, which is what the border mostly is, 0 to 1. */
function inkOf({ width, height, pixels }: Grey): Float32Array {
  const border: number[] = [];
  pixels.forEach((value, index) => {
    const column = index % width;
    const row = Math.floor(index / width);
    if (column === 0 || row === 0 || column === width - 1 || row === height - 1) border.push(value);
  });
  const background = border.sort((a, b) => a - b)[Math.floor(border.length / 2)] ?? 0;
  const most = pixels.reduce((found, value) => Math.max(found, Math.abs(value - background)), 1);
  return Float32Array.from(pixels, (value) => {
    const share = Math.abs(value - background) / most;
    return share < NOISE ? 0 : share;
  });
}

function boxOf(ink: Float32Array, width: number) {
  let [left, top, right, bottom] = [Infinity, Infinity, -1, -1];
  ink.forEach((share, index) => {
    if (share < BOUND) return;
    const column = index % width;
    const row = Math.floor(index / width);
    left = Math.min(left, column);
    right = Math.max(right, column);
    top = Math.min(top, row);
    bottom = Math.max(bottom, row);
  });
  return right < 0 ? null : { left, top, width: right - left + 1, height: bottom - top + 1 };
}

/** The mean ink of a rectangle; what is outside of the image has none. */
function mean(
  ink: Float32Array,
  image: Grey,
  [left, right]: [number, number],
  [top, bottom]: [number, number],
): number {
  let [total, area] = [0, 0];
  for (let row = Math.floor(top); row < bottom; row++)
    for (let column = Math.floor(left); column < right; column++) {
      const part = overlap(row, top, bottom) * overlap(column, left, right);
      area += part;
      if (row >= 0 && column >= 0 && row < image.height && column < image.width)
        total += part * ink[row * image.width + column]!;
    }
  return area > 0 ? total / area : 0;
}

const overlap = (pixel: number, from: number, to: number) => Math.min(pixel + 1, to) - Math.max(pixel, from);
