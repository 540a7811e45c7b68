import { useMemo } from "react";
import { api, ServerError } from "../api/client";
import { MODEL, NESTED_INPUT, type Palette, type PaletteLayer } from "./model";

const NOTHING: PaletteLayer[] = [];

const NESTED_WORDS = "A nested model: a graph of its own in one node. Open it to draw in it.";

/** The palette with what Keras has no layer for: a nested model, among the core layers. */
export function withNestedModel(palette: Palette): Palette {
  const group = palette.groups.find((name) => /core/i.test(name)) ?? palette.groups[0] ?? "core";
  const said = { summary: NESTED_WORDS, help: NESTED_WORDS };
  const inputs = [{ ...NESTED_INPUT, many: false }];
  const nested: PaletteLayer = { name: MODEL, aliases: [], group, ...said, arguments: [], inputs };
  return { ...palette, layers: [...palette.layers, nested] };
}

/** Layers by name and by alias. */
export function layersByName(palette: Palette | undefined): Map<string, PaletteLayer> {
  const layers = palette?.layers ?? NOTHING;
  const aliases = layers.flatMap((layer) => layer.aliases.map((alias) => [alias, layer] as const));
  return new Map([...aliases, ...layers.map((layer) => [layer.name, layer] as const)]);
}

/** The palette of the installed Keras; it comes once Keras is loaded (`loading` until then). */
export function usePalette(): {
  palette: Palette | undefined;
  layers: Map<string, PaletteLayer>;
  loading: boolean;
  error: unknown;
} {
  const state = api.useQuery("get", "/api/state");
  const query = api.useQuery("get", "/api/palette", undefined, {
    enabled: state.data?.keras.state === "ready",
    staleTime: Infinity,
    retry: (_, error: unknown) => error instanceof ServerError && error.status === 503,
    retryDelay: 1_000,
  });
  const palette = useMemo(() => query.data && withNestedModel(query.data), [query.data]);
  const layers = useMemo(() => layersByName(palette), [palette]);
  return { palette, layers, loading: query.isPending, error: query.error };
}
