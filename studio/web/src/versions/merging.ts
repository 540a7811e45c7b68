/** Two graphs as one drawing: what both have once, and what either has alone beside it. */
import type { Message } from "../api/client";

type Graph = Message["Graph"];
type Node = Message["Node"];
type State = Message["NodePair"]["state"];

/** A layer whose arguments differ: by name the left and the right value. */
export interface Change {
  id: string;
  name: string;
  layer: string;
  arguments: [string, unknown, unknown][];
}

export interface Merged {
  graph: Graph;
  states: Record<string, State>;
  changes: Change[];
}

/** Of a node that the left graph alone has: the two graphs may use one id for different nodes. */
const LEFT = "left ";

/** Both graphs drawn over each other; it has no positions, as each of the two was laid out for itself. */
export function merged(left: Graph, right: Graph, difference: Message["Difference"]): Merged {
  const pairs = difference.pairs.map((pair) => ({
    ...pair,
    leftNode: find(left, pair.left),
    rightNode: find(right, pair.right),
  }));
  const removed = pairs.flatMap(({ leftNode, rightNode }) => (leftNode && !rightNode ? [leftNode] : []));
  const placeOf = new Map(
    pairs.flatMap(({ leftNode, rightNode }) =>
      leftNode ? [[leftNode.id, rightNode?.id ?? LEFT + leftNode.id] as const] : [],
    ),
  );
  const states: Record<string, State> = {};
  for (const { leftNode, rightNode, state } of pairs) {
    const id = rightNode?.id ?? (leftNode && LEFT + leftNode.id);
    if (id) states[id] = state;
  }
  return {
    graph: {
      ...right,
      nodes: [...right.nodes, ...removed.map((node) => moved(node, placeOf))].map(unplaced),
      edges: [...right.edges, ...removedEdges(left, right, difference, placeOf)],
    },
    states,
    changes: pairs.flatMap(({ rightNode, state, changes }) =>
      rightNode && state === "changed"
        ? [
            {
              id: rightNode.id,
              name: rightNode.name,
              layer: rightNode.layer,
              arguments: argumentsOf(changes),
            },
          ]
        : [],
    ),
  };
}

/** The states of one of the two graphs alone, for the two side by side. */
export function statesOf(
  graph: Graph,
  difference: Message["Difference"],
  side: "left" | "right",
): Record<string, State> {
  const found = difference.pairs.flatMap((pair) => {
    const node = find(graph, pair[side]);
    return node ? [[node.id, pair.state] as const] : [];
  });
  return Object.fromEntries(found);
}

/** How many layers differ, in words; empty where none does. */
export function summary(difference: Message["Difference"]): string {
  const numbers = (["added", "removed", "changed"] as const).map(
    (state) => [difference.pairs.filter((pair) => pair.state === state).length, state] as const,
  );
  const words = numbers.filter(([number]) => number > 0).map(([number, state]) => `${number} ${state}`);
  const edges = difference.added_edges.length + difference.removed_edges.length;
  if (words.length === 0 && edges > 0) return "the same layers, connected differently";
  return words.join(", ");
}

function find(graph: Graph, id: string | null): Node | undefined {
  return id === null ? undefined : graph.nodes.find((node) => node.id === id);
}

function moved(node: Node, placeOf: Map<string, string>): Node {
  const shares = node.shares ? (placeOf.get(node.shares) ?? node.shares) : node.shares;
  return { ...node, id: LEFT + node.id, shares, locked: false, outputs: [] };
}

function unplaced(node: Node): Node {
  return { ...node, position: { x: 0, y: 0 } };
}

function removedEdges(
  left: Graph,
  right: Graph,
  difference: Message["Difference"],
  placeOf: Map<string, string>,
): Graph["edges"] {
  const known = new Set(right.edges.map((edge) => ends(edge.source, edge.target, edge.argument)));
  const isOfLeft = (id: string) => placeOf.get(id)?.startsWith(LEFT) ?? false;
  return left.edges
    .filter((edge) => placeOf.has(edge.source) && placeOf.has(edge.target))
    .filter(
      ({ id, source, target }) =>
        difference.removed_edges.includes(id) || isOfLeft(source) || isOfLeft(target),
    )
    .map((edge) => ({
      ...edge,
      id: LEFT + edge.id,
      source: placeOf.get(edge.source)!,
      target: placeOf.get(edge.target)!,
    }))
    .filter(({ source, target, argument }) => !known.has(ends(source, target, argument)));
}

function ends(source: string, target: string, argument: string): string {
  return JSON.stringify([source, target, argument]);
}

function argumentsOf(changes: Message["NodePair"]["changes"]): Change["arguments"] {
  return Object.entries(changes ?? {}).map(([name, [before, after]]) => [name, before, after]);
}

/** A value of an argument in a line. */
export function shownValue(value: unknown): string {
  if (value === null || value === undefined) return "none";
  if (typeof value === "string") return value;
  if (typeof value === "object" && "class_name" in value) return String(value.class_name);
  return JSON.stringify(value);
}
