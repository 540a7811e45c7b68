import { useMemo } from "react";
import { api, ServerError } from "../api/client";
import type { Palette, PaletteLayer } from "./model";

const NOTHING: PaletteLayer[] = [];

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
  const layers = useMemo(() => layersByName(query.data), [query.data]);
  return { palette: query.data, layers, loading: query.isPending, error: query.error };
}
