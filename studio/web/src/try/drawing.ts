/** A point of a stroke, in the drawing field's own pixels. */
export type Point = { x: number; y: number };
/** What is drawn without lifting the pen. */
export type Stroke = Point[];

/** How the pictures that a model was trained on were made, as far as a drawing can be made alike.
 *
 * `margin` and `pen` are shares of the shorter side; `widest` is the greatest width of the sign as a share of the
 * picture's, and `squeeze` how much narrower than it was drawn it may be made for that (1: its form is kept); `centre` is what lies in the picture's middle.
 */
export type Style = {
  width: number;
  height: number;
  margin: number;
  pen: number;
  widest: number;
  squeeze: number;
  centre: "box" | "mass";
  whiteOnBlack: boolean;
};

/** Grey pixels, row by row, 0 to 255. */
export type Grey = { width: number; height: number; pixels: Uint8ClampedArray };

const SAMPLES = 4; // per pixel and direction: scikit-learn's digits were made of 4 x 4 blocks, too

/** The style of a model's size: very small pictures (digits, 8 x 8) are filled from edge to edge; larger ones as MNIST's are, whose
 * signs fill 20 of 28 pixels and have their centre of mass in the middle. The pens were measured: mean ink by length of the signs. */
export function styleOf(size: { width: number; height: number; whiteOnBlack: boolean }): Style {
  const filled = Math.min(size.width, size.height) <= 16;
  return filled
    ? { ...size, margin: 0, pen: 0.17, widest: 0.78, squeeze: 2, centre: "box" }
    : { ...size, margin: 1 / 7, pen: 0.085, widest: 1, squeeze: 1, centre: "mass" };
}

/** The picture of a drawing as the model sees it: its bounding box is scaled and centred, and the pen is as thick as in training
 * however large one drew. Without strokes it is empty. */
export function pictureOf(strokes: Stroke[], style: Style): Grey {
  const { width, height } = style;
  const drawn = strokes.filter((stroke) => stroke.length > 0);
  let ink = new Float32Array(width * height);
  if (drawn.length > 0) {
    ink = inked(fitted(drawn, style), style);
    if (style.centre === "mass") ink = shifted(ink, style);
  }
  const pixels = new Uint8ClampedArray(width * height);
  ink.forEach((share, index) => {
    pixels[index] = Math.round(255 * (style.whiteOnBlack ? share : 1 - share));
  });
  return { width, height, pixels };
}

/** The strokes in the picture's pixels. */
export function fitted(strokes: Stroke[], style: Style): Stroke[] {
  const points = strokes.flat();
  const [left, right] = extent(points.map((point) => point.x));
  const [top, bottom] = extent(points.map((point) => point.y));
  const side = Math.min(style.width, style.height);
  const pen = style.pen * side;
  const room = {
    x: style.width - 2 * style.margin * side - pen,
    y: style.height - 2 * style.margin * side - pen,
  };
  const widest = Math.min(room.x, style.widest * style.width - pen);
  const scale = Math.min(
    room.y / Math.max(bottom - top, 1e-6),
    (style.squeeze * widest) / Math.max(right - left, 1e-6),
  );
  // A dot has no size to be scaled to: it stays a dot.
  const y = Math.max(right - left, bottom - top) > 1e-3 ? scale : 0;
  const x = Math.min(y, widest / Math.max(right - left, 1e-6));
  const middle = { x: (left + right) / 2, y: (top + bottom) / 2 };
  return strokes.map((stroke) =>
    stroke.map((point) => ({
      x: style.width / 2 + (point.x - middle.x) * x,
      y: style.height / 2 + (point.y - middle.y) * y,
    })),
  );
}

function extent(values: number[]): [number, number] {
  return values.reduce<[number, number]>(
    ([low, high], value) => [Math.min(low, value), Math.max(high, value)],
    [Infinity, -Infinity],
  );
}

/** The share of each pixel that lies under the pen. */
function inked(strokes: Stroke[], style: Style): Float32Array<ArrayBuffer> {
  const columns = style.width * SAMPLES;
  const rows = style.height * SAMPLES;
  const covered = new Uint8Array(columns * rows);
  const radius = (style.pen * Math.min(style.width, style.height) * SAMPLES) / 2;
  for (const stroke of strokes) {
    const scaled = stroke.map((point) => ({ x: point.x * SAMPLES, y: point.y * SAMPLES }));
    scaled.forEach((point, index) =>
      cover(covered, columns, rows, scaled[Math.max(0, index - 1)]!, point, radius),
    );
  }
  const ink = new Float32Array(style.width * style.height);
  for (let index = 0; index < covered.length; index++) {
    const pixel =
      Math.floor(Math.floor(index / columns) / SAMPLES) * style.width +
      Math.floor((index % columns) / SAMPLES);
    ink[pixel]! += covered[index]! / (SAMPLES * SAMPLES);
  }
  return ink;
}

/** Marks the samples within `radius` of the line from `from` to `to`. */
function cover(
  covered: Uint8Array,
  columns: number,
  rows: number,
  from: Point,
  to: Point,
  radius: number,
): void {
  const bounds = (a: number, b: number, end: number): [number, number] => [
    Math.max(0, Math.floor(Math.min(a, b) - radius)),
    Math.min(end - 1, Math.ceil(Math.max(a, b) + radius)),
  ];
  const [left, right] = bounds(from.x, to.x, columns);
  const [top, bottom] = bounds(from.y, to.y, rows);
  const along = { x: to.x - from.x, y: to.y - from.y };
  const length = along.x ** 2 + along.y ** 2;
  for (let row = top; row <= bottom; row++) {
    for (let column = left; column <= right; column++) {
      const offset = { x: column + 0.5 - from.x, y: row + 0.5 - from.y };
      const share =
        length === 0 ? 0 : Math.min(1, Math.max(0, (offset.x * along.x + offset.y * along.y) / length));
      if ((offset.x - share * along.x) ** 2 + (offset.y - share * along.y) ** 2 <= radius ** 2)
        covered[row * columns + column] = 1;
    }
  }
}

/** The ink moved by whole pixels until its centre of mass is in the middle, as MNIST was made. */
function shifted(ink: Float32Array<ArrayBuffer>, { width, height }: Style): Float32Array<ArrayBuffer> {
  let total = 0;
  let across = 0;
  let down = 0;
  ink.forEach((share, index) => {
    total += share;
    across += share * ((index % width) + 0.5);
    down += share * (Math.floor(index / width) + 0.5);
  });
  if (total === 0) return ink;
  const right = Math.round(width / 2 - across / total);
  const below = Math.round(height / 2 - down / total);
  const moved = new Float32Array(ink.length);
  ink.forEach((share, index) => {
    const column = (index % width) + right;
    const row = Math.floor(index / width) + below;
    if (column >= 0 && column < width && row >= 0 && row < height) moved[row * width + column] = share;
  });
  return moved;
}

/** Whether a picture field takes drawn signs: small and grey. */
export function isSign(field: {
  kind: string;
  width?: number | null;
  height?: number | null;
  channels?: number | null;
}): boolean {
  return (
    field.kind === "image" && field.channels === 1 && Math.max(field.width ?? 999, field.height ?? 999) <= 64
  );
}
