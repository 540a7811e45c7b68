import type { Graph, GraphNode, TensorSpec } from "../../graph/model";
import { freshId, freshName } from "./names";
import type { Tensor } from "./outputs";

/** What the last check knows of a tensor. */
export type SpecOf = (tensor: Tensor) => TensorSpec | undefined;

/** What a new nested model is called. */
export const NESTED_NAME = "block";

/** The graph of the nested model at a path of node ids; the whole one for an empty path, null where the path leads nowhere. */
export function graphAt(graph: Graph, path: string[]): Graph | null {
  const [first, ...rest] = path;
  if (first === undefined) return graph;
  const inner = graph.nodes.find((node) => node.id === first)?.graph;
  return inner ? graphAt(inner, rest) : null;
}

/** The whole graph with the one at a path changed. */
export function changedAt(graph: Graph, path: string[], change: (inner: Graph) => Graph): Graph {
  const [first, ...rest] = path;
  if (first === undefined) return change(graph);
  return {
    ...graph,
    nodes: graph.nodes.map((node) =>
      node.id === first && node.graph ? { ...node, graph: changedAt(node.graph, rest, change) } : node,
    ),
  };
}

/** As much of a path as still leads to nested models. */
export function validPath(graph: Graph, path: string[]): string[] {
  const ends = path.findIndex((_, index) => !graphAt(graph, path.slice(0, index + 1)));
  return ends === -1 ? path : path.slice(0, ends);
}

/** Names of the nested models along a path. */
export function namesAlong(graph: Graph, path: string[]): string[] {
  return path.map((id, index) => {
    const outer = graphAt(graph, path.slice(0, index));
    return outer?.nodes.find((node) => node.id === id)?.name ?? id;
  });
}

/** An input of a graph for tensors of a kind; where that is not known, its shape is still to be given. */
export function newInput(
  graph: Graph,
  spec: TensorSpec | undefined,
  position: GraphNode["position"],
): GraphNode {
  const [batch, ...shape] = spec?.shape ?? [];
  return {
    id: freshId(graph, "n"),
    layer: "InputLayer",
    name: freshName(graph, "input"),
    config: {
      ...(spec && (batch === null ? { shape } : { batch_shape: spec.shape })),
      ...(spec && spec.dtype !== "float32" && { dtype: spec.dtype }),
    },
    call: {},
    outputs: [],
    locked: false,
    position,
  };
}

/** The graph with a node as a nested model to begin with, for the tensor that comes to it. */
export function withNewNested(graph: Graph, id: string, specOf: SpecOf): Graph {
  const edge = graph.edges.find(({ target }) => target === id);
  const others = { ...graph, nodes: graph.nodes.filter((node) => node.id !== id) };
  const nested = { name: freshName(others, NESTED_NAME), graph: newNested(edge && specOf(edge)) };
  return { ...graph, nodes: graph.nodes.map((node) => (node.id === id ? { ...node, ...nested } : node)) };
}

/** What a nested model holds at first: an input for a tensor, and a layer that gives it on. */
function newNested(spec?: TensorSpec): Graph {
  const empty: Graph = { version: 1, name: "model", dataset: null, nodes: [], edges: [] };
  const input = newInput(empty, spec, { x: 0, y: 0 });
  const last: GraphNode = { ...input, id: "n2", layer: "Identity", name: "identity", config: {} };
  const edge = { id: "e3", source: input.id, output: 0, target: last.id, argument: "inputs", order: 0 };
  return { ...empty, nodes: [input, last], edges: [edge] };
}
