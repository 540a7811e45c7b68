import type { PaletteLayer } from "../../graph/model";

/** Values to begin with for arguments that have no default, by name, so that a new layer works at once. */
const BY_ARGUMENT: Record<string, unknown> = {
  units: 64,
  filters: 32,
  kernel_size: 3,
  rate: 0.25,
  stddev: 0.1,
  input_dim: 1000,
  output_dim: 64,
  num_heads: 4,
  key_dim: 32,
  head_dim: 32,
  num_query_heads: 4,
  num_key_value_heads: 2,
  target_shape: [-1],
  n: 2,
  dims: [2, 1],
  axes: 1,
  height: 32,
  width: 32,
};

/** What a wrapper wraps at first. */
const WRAPPED: Record<string, [string, Record<string, unknown>]> = {
  Bidirectional: ["LSTM", { units: 64 }],
  TimeDistributed: ["Dense", { units: 64 }],
  SpectralNormalization: ["Dense", { units: 64 }],
  RNN: ["LSTMCell", { units: 64 }],
};

/** A layer as Keras keeps one inside of another one's arguments. */
export function kerasLayer(name: string, config: Record<string, unknown>) {
  return { module: "keras.layers", class_name: name, config, registered_name: null };
}

/** The arguments that a new layer begins with. */
export function beginnings(layer: PaletteLayer): Record<string, unknown> {
  const wrapped = WRAPPED[layer.name];
  const needed = layer.arguments.filter((argument) => argument.required);
  const values = needed.map(({ name, kind }) => {
    if (wrapped && kind === "layer") return [name, kerasLayer(...wrapped)];
    return [name, BY_ARGUMENT[name]];
  });
  return Object.fromEntries(values.filter(([, value]) => value !== undefined));
}
