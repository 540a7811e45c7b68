import type { Graph, GraphEdge, GraphNode } from "../../graph/model";
import { reordered } from "./connecting";
import { freshId } from "./names";

/**
 * The graph without some nodes; those that the dataset fixes stay. What a removed node took goes on to its followers where it took one
 * tensor alone, and a layer that is called elsewhere, too, lives on there.
 */
export function withoutNodes(graph: Graph, ids: Iterable<string>): Graph {
  const gone = new Set(ids);
  for (const node of graph.nodes) if (node.locked) gone.delete(node.id);
  let next = graph;
  for (const id of gone) next = bridged(next, id);
  const nodes = inherited(next.nodes, gone).filter((node) => !gone.has(node.id));
  const edges = next.edges.filter((edge) => !gone.has(edge.source) && !gone.has(edge.target));
  return { ...next, nodes, edges: reordered(edges) };
}

function bridged(graph: Graph, id: string): Graph {
  const before = graph.edges.filter((edge) => edge.target === id);
  const behind = graph.edges.filter((edge) => edge.source === id);
  const others = graph.edges.filter((edge) => edge.target !== id && edge.source !== id);
  if (before.length !== 1) return { ...graph, edges: others };
  const { source, output } = before[0]!;
  const taken = (edge: GraphEdge) =>
    others.some((other) => other.source === source && other.target === edge.target);
  const bridges = behind.filter((edge) => !taken(edge)).map((edge) => ({ ...edge, source, output }));
  return { ...graph, edges: [...others, ...bridges] };
}

/** Nodes where the first one that shares a removed node's layer owns it from now on. */
function inherited(nodes: GraphNode[], gone: Set<string>): GraphNode[] {
  const heirs = new Map<string, string>();
  for (const node of nodes) {
    if (node.shares && gone.has(node.shares) && !gone.has(node.id) && !heirs.has(node.shares)) {
      heirs.set(node.shares, node.id);
    }
  }
  return nodes.map((node) => {
    const heir = node.shares ? heirs.get(node.shares) : undefined;
    if (!heir) return node;
    if (heir !== node.id) return { ...node, shares: heir };
    const { layer, name, config, graph } = nodes.find((other) => other.id === node.shares)!;
    return { ...node, layer, name, config, graph, shares: null };
  });
}

/** One more call of a node's layer, beside it. */
export function sharedAgain(graph: Graph, id: string): { graph: Graph; id: string } {
  const node = graph.nodes.find((other) => other.id === id)!;
  const copy: GraphNode = {
    ...node,
    id: freshId(graph, "n"),
    shares: node.shares ?? node.id,
    graph: null,
    config: {},
    outputs: [],
    locked: false,
    position: { x: node.position.x + 232, y: node.position.y },
  };
  return { graph: { ...graph, nodes: [...graph.nodes, copy] }, id: copy.id };
}
