import { GAP, NODE_SIZE } from "../../graph/layout";
import type { Graph, GraphNode } from "../../graph/model";
import { reordered } from "./connecting";
import { freshId, freshName } from "./names";

const isInput = (node: GraphNode) => node.layer === "InputLayer";

/**
 * The graph with the inputs and the output of a dataset's start graph in place of those that it had; without one, with its own made
 * free. Edges of the old ones go to the new ones where there is one to one; a new input that replaces none is left unread.
 */
export function withDataset(graph: Graph, start: Graph | null): Graph {
  if (!start) {
    return { ...graph, dataset: null, nodes: graph.nodes.map((node) => ({ ...node, locked: false })) };
  }
  const old = graph.nodes.filter((node) => node.locked || isInput(node));
  const kept = graph.nodes.filter((node) => !old.includes(node));
  const base = { ...graph, dataset: start.dataset, nodes: kept };
  const ids = new Map<string, string>();
  let next: Graph = base;
  for (const node of start.nodes) {
    const fresh = freshId({ ...graph, nodes: [...graph.nodes, ...next.nodes] }, "n");
    ids.set(node.id, fresh);
    next = {
      ...next,
      nodes: [...next.nodes, { ...node, id: fresh, position: placeFor(node, graph, start) }],
    };
  }
  const taken = new Set(start.nodes.map((node) => node.name));
  next = { ...next, nodes: next.nodes.map((node) => renamed(next, node, taken, kept)) };
  return { ...next, edges: kept.length ? carried(next, graph, old, start, ids) : started(next, start, ids) };
}

/** A kept layer whose name the dataset needs gets another one. */
function renamed(graph: Graph, node: GraphNode, taken: Set<string>, kept: GraphNode[]): GraphNode {
  const clash = kept.includes(node) && taken.has(node.name);
  return clash ? { ...node, name: freshName(graph, node.name) } : node;
}

function started(graph: Graph, start: Graph, ids: Map<string, string>): Graph["edges"] {
  let next: Graph = { ...graph, edges: [] };
  for (const edge of start.edges) {
    const moved = {
      ...edge,
      id: freshId(next, "e"),
      source: ids.get(edge.source)!,
      target: ids.get(edge.target)!,
    };
    next = { ...next, edges: [...next.edges, moved] };
  }
  return next.edges;
}

/** The edges of the old graph; those of a replaced node lead to the one that has its place now. */
function carried(graph: Graph, before: Graph, old: GraphNode[], start: Graph, ids: Map<string, string>) {
  const heirs = new Map<string, string>();
  for (const side of [isInput, (node: GraphNode) => !isInput(node)]) {
    const [from, to] = [old.filter(side), start.nodes.filter(side)];
    from.forEach((node, index) => {
      const heir = to.find((other) => other.name === node.name) ?? to[Math.min(index, to.length - 1)];
      if (heir) heirs.set(node.id, ids.get(heir.id)!);
    });
  }
  const known = new Set(graph.nodes.map((node) => node.id));
  const edges = before.edges
    .map((edge) => ({
      ...edge,
      source: heirs.get(edge.source) ?? edge.source,
      target: heirs.get(edge.target) ?? edge.target,
    }))
    .filter((edge) => known.has(edge.source) && known.has(edge.target));
  return reordered(edges);
}

/** Beside the old inputs or below the old nodes, where those stood. */
function placeFor(node: GraphNode, graph: Graph, start: Graph): GraphNode["position"] {
  if (!graph.nodes.length) return node.position;
  const side = graph.nodes.filter(
    (other) => (other.locked || isInput(other)) && isInput(other) === isInput(node),
  );
  const index = start.nodes.filter((other) => isInput(other) === isInput(node)).indexOf(node);
  const first = side[index]?.position ?? side[0]?.position;
  if (side[index]) return side[index].position;
  if (first) return { x: first.x + index * (NODE_SIZE.width + 24), y: first.y };
  const ys = graph.nodes.map((other) => other.position.y);
  const x = Math.min(...graph.nodes.map((other) => other.position.x)) + index * (NODE_SIZE.width + 24);
  const step = NODE_SIZE.height + GAP;
  return { x, y: isInput(node) ? Math.min(...ys) - step : Math.max(...ys) + step };
}
