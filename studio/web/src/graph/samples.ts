/** Graphs for tests. */

import type { Graph, GraphNode, PaletteLayer } from "./model";

export function node(id: string, layer = "Dense", more: Partial<GraphNode> = {}): GraphNode {
  return {
    id,
    layer,
    name: id,
    config: {},
    call: {},
    outputs: [],
    locked: false,
    position: { x: 0, y: 0 },
    ...more,
  };
}

export function graph(nodes: GraphNode[], edges: [string, string, string?, number?][] = []): Graph {
  return {
    version: 1,
    name: "model",
    dataset: null,
    nodes,
    edges: edges.map(([source, target, argument = "inputs", order = 0], index) => ({
      id: `e${index + 1}`,
      source,
      target,
      output: 0,
      argument,
      order,
    })),
  };
}

function layer(
  name: string,
  group: string,
  required: string[],
  inputs: PaletteLayer["inputs"],
): PaletteLayer {
  const args = required.map((argument) => ({
    name: argument,
    kind: "int" as const,
    required: true,
    optional: false,
    choices: [],
    help: "",
    common: true,
  }));
  return { name, aliases: [], group, summary: `${name}.`, help: "", arguments: args, inputs };
}

const ONE = [{ name: "inputs", many: false, optional: false }];

/** A few layers of the palette by name. */
export const LAYERS = new Map(
  [
    layer("InputLayer", "core", [], []),
    layer("Dense", "core", ["units"], ONE),
    layer("Conv2D", "convolution", ["filters", "kernel_size"], ONE),
    layer("Flatten", "reshaping", [], ONE),
    layer("Concatenate", "merging", [], [{ name: "inputs", many: true, optional: false }]),
    layer("GlobalAveragePooling2D", "pooling", [], ONE),
    layer(
      "Attention",
      "attention",
      [],
      [
        { name: "query", many: false, optional: false },
        { name: "value", many: false, optional: false },
        { name: "mask", many: false, optional: true },
      ],
    ),
  ].map((one) => [one.name, one]),
);
