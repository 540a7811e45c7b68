import { descendants, type Graph, type GraphEdge, type TensorArgument } from "../../graph/model";
import { freshId } from "./names";

/** An edge that is about to be drawn. */
export interface Wire {
  source: string;
  output: number;
  target: string;
  argument: string;
}

/** Why an edge may not be drawn, in plain words; null where it may. `inputs` are those of the target's call. */
export function wireProblem(graph: Graph, wire: Wire, inputs: TensorArgument[]): string | null {
  const name = (id: string) => graph.nodes.find((node) => node.id === id)?.name ?? id;
  if (wire.source === wire.target) return "A layer cannot take its own output.";
  if (!inputs.length) return `${name(wire.target)} takes no tensor: it is an input of the model.`;
  if (!inputs.some((input) => input.name === wire.argument)) {
    return `${name(wire.target)} takes ${inputs.map((input) => input.name).join(", ")}, not ${wire.argument}.`;
  }
  if (descendants(graph, wire.target).has(wire.source)) {
    return `${name(wire.source)} already depends on ${name(wire.target)}: the edge would close a cycle.`;
  }
  return null;
}

/** The graph with the edge; one that stood in the same place makes room, as an argument takes one tensor. */
export function wired(graph: Graph, wire: Wire, inputs: TensorArgument[]): Graph {
  const many = inputs.find((input) => input.name === wire.argument)?.many ?? false;
  const there = graph.edges.filter((edge) => edge.target === wire.target && edge.argument === wire.argument);
  if (there.some((edge) => edge.source === wire.source && edge.output === wire.output)) return graph;
  const kept = many ? graph.edges : graph.edges.filter((edge) => !there.includes(edge));
  const order = many ? Math.max(-1, ...there.map((edge) => edge.order)) + 1 : 0;
  return { ...graph, edges: [...kept, { id: freshId(graph, "e"), ...wire, order }] };
}

/** Where one more tensor of a node would go: a required argument that has none, one that takes many, an optional one. */
export function freeArgument(graph: Graph, target: string, inputs: TensorArgument[]): string | null {
  const taken = new Set(graph.edges.filter((edge) => edge.target === target).map((edge) => edge.argument));
  const free = (input: TensorArgument) => !taken.has(input.name);
  const found =
    inputs.find((input) => !input.optional && free(input)) ??
    inputs.find((input) => input.many && !input.optional) ??
    inputs.find((input) => input.optional && free(input) && input.name !== "mask") ??
    null;
  return found?.name ?? null;
}

/** Edges with the orders of each argument's list counted from 0 again. */
export function reordered(edges: GraphEdge[]): GraphEdge[] {
  const next = new Map<string, number>();
  const place = new Map<string, number>();
  for (const edge of [...edges].sort((left, right) => left.order - right.order)) {
    const key = `${edge.target} ${edge.argument}`;
    place.set(edge.id, next.get(key) ?? 0);
    next.set(key, (next.get(key) ?? 0) + 1);
  }
  return edges.map((edge) =>
    place.get(edge.id) === edge.order ? edge : { ...edge, order: place.get(edge.id)! },
  );
}

export function withoutEdges(graph: Graph, ids: Iterable<string>): Graph {
  const gone = new Set(ids);
  return { ...graph, edges: reordered(graph.edges.filter((edge) => !gone.has(edge.id))) };
}
