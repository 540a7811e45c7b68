import type { Palette, PaletteLayer } from "../graph/model";

/** How well a layer answers what was typed: 0 not at all; a name's beginning counts most. */
export function score(layer: PaletteLayer, typed: string): number {
  const wanted = typed.trim().toLowerCase();
  if (!wanted) return 1;
  const names = [layer.name, ...layer.aliases].map((name) => name.toLowerCase());
  if (names.includes(wanted)) return 6;
  if (names.some((name) => name.startsWith(wanted))) return 5;
  if (initials(layer.name).startsWith(wanted)) return 4;
  if (names.some((name) => name.includes(wanted))) return 3;
  if (layer.group.toLowerCase().includes(wanted)) return 2;
  return layer.summary.toLowerCase().includes(wanted) ? 1 : 0;
}

/** `GlobalAveragePooling2D` as `gap2d`. */
function initials(name: string): string {
  return (name.match(/[A-Z]|\d+D$/g) ?? []).join("").toLowerCase();
}

/** The groups with the layers that match, the best first; empty groups are left out. */
export function matching(palette: Palette, typed: string): { group: string; layers: PaletteLayer[] }[] {
  const groups = palette.groups.map((group) => {
    const layers = palette.layers
      .filter((layer) => layer.group === group)
      .map((layer) => ({ layer, found: score(layer, typed) }))
      .filter(({ found }) => found > 0)
      .sort((left, right) => right.found - left.found);
    return { group, best: layers[0]?.found ?? 0, layers: layers.map(({ layer }) => layer) };
  });
  const kept = groups.filter(({ layers }) => layers.length);
  return typed.trim() ? kept.sort((left, right) => right.best - left.best) : kept;
}
