import type { Direction } from "../../graph/layout";
import {
  type Graph,
  type GraphNode,
  inputsOf,
  MODEL,
  neighbours,
  ownerOf,
  type PaletteLayer,
} from "../../graph/model";
import { beginnings } from "./beginnings";
import { freeArgument, wired, wireProblem } from "./connecting";
import { freshId, freshName, snakeCase } from "./names";
import { freePlace, placeAfter, withRoom } from "./placing";

export interface Added {
  graph: Graph;
  id: string;
}

export type Layers = Map<string, PaletteLayer>;

/** A node of a layer of the palette, with arguments to begin with, not connected to anything. */
export function newNode(graph: Graph, layer: PaletteLayer, config: Record<string, unknown> = {}): GraphNode {
  return {
    id: freshId(graph, "n"),
    layer: layer.name,
    name: freshName(graph, snakeCase(layer.name)),
    config: { ...beginnings(layer), ...config },
    call: {},
    outputs: [],
    locked: false,
    position: { x: 0, y: 0 },
  };
}

/** Adds a node where the pointer is. */
export function addAt(
  graph: Graph,
  layer: PaletteLayer,
  at: { x: number; y: number },
  way: Direction,
): Added {
  const node = newNode(graph, layer);
  node.position = freePlace(graph, at, way);
  return { graph: { ...graph, nodes: [...graph.nodes, node] }, id: node.id };
}

/** Puts a node of a layer into an edge: it takes what the edge carried, and gives its output on. */
export function insertOnEdge(
  graph: Graph,
  edgeId: string,
  layer: PaletteLayer,
  direction: Direction,
  config: Record<string, unknown> = {},
): Added | null {
  const edge = graph.edges.find((other) => other.id === edgeId);
  const source = graph.nodes.find((node) => node.id === edge?.source);
  const argument = layer.inputs[0]?.name;
  if (!edge || !source || !argument) return null;
  const node = newNode(graph, layer, config);
  node.position = placeAfter({ ...graph, nodes: [] }, source.position, direction);
  const nodes = graph.nodes.flatMap((other) => (other.id === source.id ? [other, node] : [other]));
  // The old edge keeps its target's argument and its place in a list; the new one leads from the source to the node.
  const edges = graph.edges.map((other) =>
    other.id === edgeId ? { ...other, source: node.id, output: 0 } : other,
  );
  const first = { source: edge.source, output: edge.output, target: node.id, argument, order: 0 };
  const whole = { ...graph, nodes, edges: [...edges, { id: freshId({ ...graph, nodes }, "e"), ...first }] };
  return { graph: withRoom(whole, node.id, direction), id: node.id };
}

/**
 * Adds a layer next to the chosen nodes and connects it: it takes their tensors; where the only chosen one has one follower, the
 * layer goes between the two; a dataset's output that waits for its tensor gets it from the new layer.
 */
export function addAfter(
  graph: Graph,
  layer: PaletteLayer,
  chosen: string[],
  layers: Layers,
  way: Direction,
): Added {
  const from = layer.inputs.length ? sourcesFor(graph, layer, chosen) : [];
  const following = graph.edges.filter((edge) => edge.source === from[0]);
  if (from.length === 1 && following.length === 1) {
    const inserted = insertOnEdge(graph, following[0]!.id, layer, way);
    if (inserted) return inserted;
  }
  const node = newNode(graph, layer);
  const before = graph.nodes.find((other) => other.id === (from.at(-1) ?? chosen.at(-1)));
  node.position = placeAfter(graph, before?.position, way);
  let next: Graph = { ...graph, nodes: [...graph.nodes, node] };
  for (const source of from) next = joined(next, source, node.id, layers) ?? next;
  const waiting = from.length && graph.nodes.find((other) => isWaitingOutput(graph, other, layers));
  if (waiting) next = withRoom(joined(next, node.id, waiting.id, layers) ?? next, node.id, way);
  return { graph: next, id: node.id };
}

/** The nodes that a new layer takes its tensors from: the chosen ones, else the last that feeds nothing yet. */
function sourcesFor(graph: Graph, layer: PaletteLayer, chosen: string[]): string[] {
  const many = layer.inputs.some((input) => input.many) || layer.inputs.length > 1;
  const ends = graph.nodes.filter((node) => !(node.locked && node.layer !== "InputLayer"));
  const found = chosen.filter((id) => ends.some((node) => node.id === id));
  if (found.length) return many ? found : found.slice(-1);
  if (chosen.length) {
    // The dataset's output was chosen: nothing follows it, so the layer goes before it.
    const before = chosen.flatMap((id) => neighbours(graph, id, -1));
    if (before.length) return before.slice(0, 1);
  }
  const open = ends.filter((node) => !neighbours(graph, node.id, 1).length);
  return open.slice(-1).map((node) => node.id);
}

function isWaitingOutput(graph: Graph, node: GraphNode, layers: Layers): boolean {
  const isOutput = node.locked && node.layer !== "InputLayer";
  return isOutput && !neighbours(graph, node.id, -1).length && !!inputsAt(graph, node, layers).length;
}

export function inputsAt(graph: Graph, node: GraphNode, layers: Layers) {
  const owner = ownerOf(graph, node);
  return inputsOf(graph, owner.layer === MODEL ? owner : node, layers.get(owner.layer));
}

/** The graph with an edge between two nodes, into the argument that is free; null where none may be drawn. */
export function joined(graph: Graph, source: string, target: string, layers: Layers): Graph | null {
  const node = graph.nodes.find((other) => other.id === target);
  if (!node) return null;
  const inputs = inputsAt(graph, node, layers);
  const argument = freeArgument(graph, target, inputs) ?? inputs[0]?.name;
  if (!argument) return null;
  const wire = { source, output: 0, target, argument };
  return wireProblem(graph, wire, inputs) ? null : wired(graph, wire, inputs);
}
