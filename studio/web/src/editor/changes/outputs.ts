import type { Graph } from "../../graph/model";

/** One tensor: of which node, and which of those that it gives. */
export interface Tensor {
  source: string;
  output: number;
}

export function sameTensor(left: Tensor, right: Tensor): boolean {
  return left.source === right.source && left.output === right.output;
}

/** The outputs of a model as the check finds them: those marked; without any, the first tensor of each node that feeds no other. */
export function outputsOf(graph: Graph): Tensor[] {
  const marked = graph.nodes.flatMap(({ id, outputs }) => outputs.map((output) => ({ source: id, output })));
  const feeding = new Set(graph.edges.map((edge) => edge.source));
  const ends = graph.nodes.filter((node) => node.layer !== "InputLayer" && !feeding.has(node.id));
  return marked.length ? marked : ends.map(({ id }) => ({ source: id, output: 0 }));
}

/** The graph with these outputs; they are marked where that is wanted, or where they would not be the outputs otherwise. */
export function withOutputs(graph: Graph, wanted: Tensor[], marked: boolean): Graph {
  const bare = { ...graph, nodes: graph.nodes.map((node) => ({ ...node, outputs: [] as number[] })) };
  const found = outputsOf(bare);
  const same =
    found.length === wanted.length &&
    found.every((tensor) => wanted.some((other) => sameTensor(tensor, other)));
  if (same && !marked) return bare;
  const marks = (id: string) => wanted.filter(({ source }) => source === id).map(({ output }) => output);
  return { ...bare, nodes: bare.nodes.map((node) => ({ ...node, outputs: [...new Set(marks(node.id))] })) };
}
