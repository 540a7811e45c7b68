import type { Direction } from "../graph/layout";
import { type Graph, type GraphNode, neighbours } from "../graph/model";

export type Arrow = "ArrowUp" | "ArrowDown" | "ArrowLeft" | "ArrowRight";

const STEPS: Record<Arrow, [number, number]> = {
  ArrowUp: [0, -1],
  ArrowDown: [0, 1],
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
};

export function isArrow(key: string): key is Arrow {
  return key in STEPS;
}

/** The step of an arrow on the canvas: `[x, y]`, one pixel long. */
export function stepOf(arrow: Arrow): [number, number] {
  return STEPS[arrow];
}

/**
 * The node that an arrow leads to: with and against the flow along the edges, across it to what stands there; null where there is
 * none. Of several neighbours the one that stands nearest counts.
 */
export function nextNode(graph: Graph, from: string, arrow: Arrow, direction: Direction): string | null {
  const start = graph.nodes.find((node) => node.id === from);
  if (!start) return graph.nodes[0]?.id ?? null;
  const [x, y] = STEPS[arrow];
  const along = direction === "TB" ? y : x;
  if (along) {
    const ids = neighbours(graph, from, along > 0 ? 1 : -1);
    const found = graph.nodes.filter((node) => ids.includes(node.id));
    if (found.length) return nearest(start, found, direction);
  }
  const ahead = graph.nodes.filter((node) => {
    const [dx, dy] = [node.position.x - start.position.x, node.position.y - start.position.y];
    const forward = dx * x + dy * y;
    return node.id !== from && forward > 0 && Math.abs(x ? dy : dx) <= 2 * forward;
  });
  return nearest(start, ahead, direction, along !== 0);
}

/** The node that stands nearest: among neighbours across the flow; else what lies straight ahead before what lies aslant. */
function nearest(start: GraphNode, nodes: GraphNode[], direction: Direction, along?: boolean): string | null {
  const distance = ({ position }: GraphNode) => {
    const [dx, dy] = [position.x - start.position.x, position.y - start.position.y];
    const [ahead, aside] = (direction === "TB") === (along ?? true) ? [dy, dx] : [dx, dy];
    return along === undefined ? Math.abs(aside) : Math.hypot(ahead, 3 * aside);
  };
  const sorted = [...nodes].sort((left, right) => distance(left) - distance(right));
  return sorted[0]?.id ?? null;
}
