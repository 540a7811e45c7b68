/** A weight by the greatest one, -1 to 1. */
export function relative(weight: number, weights: number[]): number {
  const most = Math.max(...weights.map(Math.abs));
  return most > 0 ? weight / most : 0;
}

/** The colour of a weight from -1 (speaks against the answer, blue) to 1 (for it, orange); none is transparent. */
export function colour(weight: number): [number, number, number, number] {
  const strength = Math.round(235 * Math.min(1, Math.abs(weight)) ** 0.7);
  return weight >= 0 ? [234, 112, 12, strength] : [29, 98, 235, strength];
}

/** The colours of a heat map, RGBA row by row. */
export function heatPixels(heat: number[][]): { width: number; height: number; pixels: Uint8ClampedArray } {
  const weights = heat.flat();
  const most = weights.reduce((found, weight) => Math.max(found, Math.abs(weight)), 0);
  const pixels = new Uint8ClampedArray(weights.length * 4);
  weights.forEach((weight, index) => pixels.set(colour(most > 0 ? weight / most : 0), index * 4));
  return { width: heat[0]?.length ?? 0, height: heat.length, pixels };
}

/** A weight as text, with its sign: "+0.31", "−0.05". */
export function signed(weight: number): string {
  const text = Math.abs(weight).toLocaleString("en", { maximumSignificantDigits: 2 });
  return weight < 0 ? `−${text}` : `+${text}`;
}
