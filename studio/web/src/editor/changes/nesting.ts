import type { Graph } from "../../graph/model";

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
