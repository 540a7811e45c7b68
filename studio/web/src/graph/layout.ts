import dagre from "@dagrejs/dagre";
import type { Graph } from "./model";

/** Which way the tensors flow on the canvas: top to bottom, or left to right. */
export type Direction = "TB" | "LR";

export interface Size {
  width: number;
  height: number;
}

/** What a node takes on the canvas until it was measured. */
export const NODE_SIZE: Size = { width: 208, height: 92 };
export const GAP = 56;
export const GRID = 8;
/** How a whole graph is brought into view: the verdict stands at the top of the canvas. */
export const FIT = { padding: { top: "60px", bottom: "32px", x: "24px" }, maxZoom: 1 } as const;
/** The same as a short movement. */
export const FIT_GLIDING = { ...FIT, duration: 200 };

type Sizes = (id: string) => Size | undefined;

/** Upper left corners of all nodes, by id, in layers along the edges. */
export function arranged(graph: Graph, direction: Direction, sizes: Sizes = () => undefined) {
  const drawing = new dagre.graphlib.Graph({ multigraph: true });
  drawing.setGraph({ rankdir: direction, nodesep: 32, ranksep: GAP, marginx: 0, marginy: 0 });
  drawing.setDefaultEdgeLabel(() => ({}));
  const known = new Set(graph.nodes.map((node) => node.id));
  for (const { id } of graph.nodes) drawing.setNode(id, { ...(sizes(id) ?? NODE_SIZE) });
  for (const { id, source, target } of graph.edges) {
    if (known.has(source) && known.has(target)) drawing.setEdge(source, target, {}, id);
  }
  dagre.layout(drawing);
  return new Map(
    graph.nodes.map(({ id }) => {
      const { x, y, width, height } = drawing.node(id);
      return [id, { x: snapped(x - width / 2), y: snapped(y - height / 2) }];
    }),
  );
}

export function snapped(value: number): number {
  return Math.round(value / GRID) * GRID;
}

/** The graph with its nodes where `arranged` puts them. */
export function withLayout(graph: Graph, direction: Direction, sizes?: Sizes): Graph {
  const places = arranged(graph, direction, sizes);
  return { ...graph, nodes: graph.nodes.map((node) => ({ ...node, position: places.get(node.id)! })) };
}

/** How large a graph may be shown in a canvas, at most 1. */
function zoomOf(graph: Graph, direction: Direction, canvas: Size, sizes?: Sizes): number {
  const places = arranged(graph, direction, sizes);
  let [width, height] = [1, 1];
  for (const [id, { x, y }] of places) {
    const size = sizes?.(id) ?? NODE_SIZE;
    width = Math.max(width, x + size.width);
    height = Math.max(height, y + size.height);
  }
  return Math.min(1, canvas.width / width, canvas.height / height);
}

/** Top-down on a narrow canvas; else the direction in which the graph is shown larger. */
export function bestDirection(graph: Graph, canvas: Size, sizes?: Sizes): Direction {
  if (canvas.width < 600 || canvas.width < canvas.height) return "TB";
  return zoomOf(graph, "LR", canvas, sizes) >= zoomOf(graph, "TB", canvas, sizes) ? "LR" : "TB";
}

/** The direction that most edges have where the nodes stand now; null where there is nothing to judge by. */
export function drawnDirection(graph: Graph): Direction | null {
  const places = new Map(graph.nodes.map((node) => [node.id, node.position]));
  let votes = 0;
  for (const { source, target } of graph.edges) {
    const [from, to] = [places.get(source), places.get(target)];
    if (from && to) votes += Math.sign(Math.abs(to.x - from.x) - Math.abs(to.y - from.y));
  }
  // A dataset's inputs stand above its output before anything connects them.
  if (!graph.edges.length && new Set(graph.nodes.map((node) => node.position.y)).size > 1) return "TB";
  return votes > 0 ? "LR" : votes < 0 ? "TB" : null;
}

/** Whether nodes lie on each other because nobody placed them yet. */
export function unplaced(graph: Graph): boolean {
  const places = new Set(graph.nodes.map(({ position }) => `${position.x},${position.y}`));
  return graph.nodes.length > 1 && places.size < graph.nodes.length;
}
