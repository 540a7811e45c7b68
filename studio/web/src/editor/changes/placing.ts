import { type Direction, GAP, NODE_SIZE, snapped } from "../../graph/layout";
import { descendants, type Graph, type GraphNode } from "../../graph/model";

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

/** The middle of nodes, as the place of a node there. */
export function centre(nodes: GraphNode[]): Place {
  const middle = (places: number[]) =>
    places.length ? snapped((Math.min(...places) + Math.max(...places)) / 2) : 0;
  return {
    x: middle(nodes.map(({ position }) => position.x)),
    y: middle(nodes.map(({ position }) => position.y)),
  };
}

/** Where the input number `index` of some nodes goes: before all of them, beside the inputs that it follows. */
export function placeBefore(nodes: GraphNode[], index: number, direction: Direction): Place {
  const x = Math.min(...nodes.map(({ position }) => position.x));
  const y = Math.min(...nodes.map(({ position }) => position.y));
  const { width, height } = NODE_SIZE;
  if (direction === "TB") return { x: snapped(x + index * (width + MARGIN)), y: snapped(y - height - GAP) };
  return { x: snapped(x - width - GAP), y: snapped(y + index * (height + MARGIN)) };
}

/** Whether some of these nodes cover, or are covered by, another one. */
export function overlapping(graph: Graph, ids: string[]): boolean {
  const some = graph.nodes.filter((node) => ids.includes(node.id));
  return some.some((node) =>
    graph.nodes.some((other) => other !== node && covers(node.position, other.position)),
  );
}

function covers(left: Place, right: Place): boolean {
  return Math.abs(left.x - right.x) < NODE_SIZE.width && Math.abs(left.y - right.y) < NODE_SIZE.height;
}
