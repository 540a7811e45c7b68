import type { Graph, GraphNode } from "../../graph/model";
import { freshId, freshName } from "./names";

/** Nodes and the edges among them, as they lie on the clipboard. */
export interface Piece {
  "slipway-graph": 1;
  nodes: GraphNode[];
  edges: Graph["edges"];
}

/** The chosen nodes and the edges between them. */
export function cutOut(graph: Graph, ids: Iterable<string>): Piece {
  const chosen = new Set(ids);
  return {
    "slipway-graph": 1,
    nodes: graph.nodes.filter((node) => chosen.has(node.id)),
    edges: graph.edges.filter((edge) => chosen.has(edge.source) && chosen.has(edge.target)),
  };
}

/** The piece in a text of the clipboard; null where it holds something else. */
export function readPiece(text: string): Piece | null {
  try {
    const found = JSON.parse(text) as Piece;
    const whole = found?.["slipway-graph"] === 1 && Array.isArray(found.nodes) && Array.isArray(found.edges);
    return whole && found.nodes.every(isNode) ? found : null;
  } catch {
    return null;
  }
}

function isNode(node: GraphNode): boolean {
  const { id, layer, name, position } = node ?? {};
  return (
    [id, layer, name].every((text) => typeof text === "string") &&
    Number.isFinite(position?.x) &&
    Number.isFinite(position?.y)
  );
}

/** Where the upper left node of a piece comes to stand; without it, a little beside the original. */
export type At = { x: number; y: number };

/**
 * The graph with a piece put in, under new ids and free names. A copied call of a shared layer stays one where its owner is in the
 * piece or in the graph; else it becomes a layer of its own.
 */
export function pasted(graph: Graph, piece: Piece, at?: At): { graph: Graph; ids: string[] } {
  const ids = new Map<string, string>();
  const left = Math.min(...piece.nodes.map((node) => node.position.x));
  const top = Math.min(...piece.nodes.map((node) => node.position.y));
  const by = at ? { x: at.x - left, y: at.y - top } : { x: 40, y: 40 };
  let next = graph;
  for (const node of piece.nodes)
    ids.set(node.id, freshId({ ...graph, nodes: [...graph.nodes, ...stubs(ids)] }, "n"));
  for (const node of piece.nodes) {
    const copy = copied(next, node, ids);
    copy.position = { x: node.position.x + by.x, y: node.position.y + by.y };
    next = { ...next, nodes: [...next.nodes, copy] };
  }
  for (const edge of piece.edges) {
    const [source, target] = [ids.get(edge.source), ids.get(edge.target)];
    if (!source || !target) continue;
    next = { ...next, edges: [...next.edges, { ...edge, id: freshId(next, "e"), source, target }] };
  }
  return { graph: next, ids: [...ids.values()] };
}

function stubs(ids: Map<string, string>): GraphNode[] {
  return [...ids.values()].map((id) => ({ id }) as GraphNode);
}

function copied(graph: Graph, node: GraphNode, ids: Map<string, string>): GraphNode {
  const owner = node.shares ? (ids.get(node.shares) ?? node.shares) : null;
  const found = owner ? graph.nodes.find((other) => other.id === owner) : undefined;
  const shares = found && found.layer === node.layer ? found.id : null;
  const base = {
    ...node,
    id: ids.get(node.id)!,
    config: { ...node.config },
    locked: false,
    outputs: [],
  };
  return shares
    ? { ...base, shares, name: found!.name }
    : { ...base, shares: null, name: freshName(graph, node.name) };
}
