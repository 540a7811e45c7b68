import { type Direction, GAP, NODE_SIZE, snapped } from "../../graph/layout";
import { descendants, type Graph } from "../../graph/model";

type Place = { x: number; y: number };

const MARGIN = 24;

/** Where a node goes that follows `after`: below it or to its right, beside what stands there already. */
export function placeAfter(graph: Graph, after: Place | undefined, direction: Direction): Place {
  if (!after) return freePlace(graph, { x: 0, y: 0 }, direction);
  const down = direction === "TB";
  const next = {
    x: after.x + (down ? 0 : NODE_SIZE.width + GAP),
    y: after.y + (down ? NODE_SIZE.height + GAP : 0),
  };
  return freePlace(graph, next, direction);
}

/** The first place from `wanted` on, across the flow, that covers no node. */
export function freePlace(graph: Graph, wanted: Place, direction: Direction): Place {
  let { x, y } = { x: snapped(wanted.x), y: snapped(wanted.y) };
  const covers = ({ position }: { position: Place }) =>
    Math.abs(position.x - x) < NODE_SIZE.width + MARGIN / 2 &&
    Math.abs(position.y - y) < NODE_SIZE.height + MARGIN / 2;
  while (graph.nodes.some(covers)) {
    if (direction === "TB") x += snapped(NODE_SIZE.width + MARGIN);
    else y += snapped(NODE_SIZE.height + MARGIN);
  }
  return { x, y };
}

/** The graph with all that follows a node moved on until the node has room before it. */
export function withRoom(graph: Graph, id: string, direction: Direction): Graph {
  const node = graph.nodes.find((other) => other.id === id)!;
  const axis = direction === "TB" ? "y" : "x";
  const needed = node.position[axis] + GAP + (direction === "TB" ? NODE_SIZE.height : NODE_SIZE.width);
  const behind = descendants(graph, id);
  const nearest = Math.min(
    ...graph.nodes.filter((other) => behind.has(other.id)).map((o) => o.position[axis]),
  );
  if (!(nearest < needed)) return graph;
  const by = snapped(needed - nearest);
  return {
    ...graph,
    nodes: graph.nodes.map((other) =>
      behind.has(other.id)
        ? { ...other, position: { ...other.position, [axis]: other.position[axis] + by } }
        : other,
    ),
  };
}
