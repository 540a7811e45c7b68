import { describe, expect, it } from "vitest";
import type { Message } from "../api/client";
import { merged, shownValue, statesOf, summary } from "./merging";

type Graph = Message["Graph"];
type Difference = Message["Difference"];

function graph(...layers: [id: string, layer: string, name?: string][]): Graph {
  const nodes = layers.map(([id, layer, name = id]) => ({
    id,
    layer,
    name,
    config: {},
    call: {},
    outputs: [],
    locked: false,
    position: { x: 10, y: 20 },
  }));
  const edges = nodes.slice(1).map((node, at) => ({
    id: `${nodes[at]!.id}-${node.id}`,
    source: nodes[at]!.id,
    target: node.id,
    output: 0,
    argument: "inputs",
    order: 0,
  }));
  return { version: 1, name: "model", nodes, edges };
}

// The ids "a" and "b" mean other nodes in each graph, as each drawing numbers its own.
const LEFT = graph(
  ["in", "InputLayer"],
  ["a", "Dense", "hidden"],
  ["b", "Dropout", "drop"],
  ["c", "Dense", "out"],
);
const RIGHT = graph(
  ["in", "InputLayer"],
  ["b", "Dense", "hidden"],
  ["a", "Dense", "more"],
  ["c", "Dense", "out"],
);
const DIFFERENCE: Difference = {
  pairs: [
    { left: "in", right: "in", state: "same", changes: {} },
    { left: "a", right: "b", state: "changed", changes: { units: [16, 32] } },
    { left: "b", right: null, state: "removed", changes: {} },
    { left: null, right: "a", state: "added", changes: {} },
    { left: "c", right: "c", state: "same", changes: {} },
  ],
  added_edges: ["b-a", "a-c"],
  removed_edges: ["a-b", "b-c"],
};

describe("merged", () => {
  const found = merged(LEFT, RIGHT, DIFFERENCE);

  it("has what both have once, and what either has alone", () => {
    expect(found.graph.nodes.map(({ id, name }) => [id, name])).toEqual([
      ["in", "in"],
      ["b", "hidden"],
      ["a", "more"],
      ["c", "out"],
      ["left b", "drop"],
    ]);
    expect(found.states).toEqual({ in: "same", b: "changed", "left b": "removed", a: "added", c: "same" });
  });

  it("leads the removed connections over the removed layer", () => {
    expect(found.graph.edges.map(({ source, target }) => [source, target])).toEqual([
      ["in", "b"],
      ["b", "a"],
      ["a", "c"],
      ["b", "left b"],
      ["left b", "c"],
    ]);
  });

  it("has an id for each node and edge once, and no positions", () => {
    const ids = [...found.graph.nodes, ...found.graph.edges].map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
    expect(found.graph.nodes.every(({ position }) => position?.x === 0 && position.y === 0)).toBe(true);
  });

  it("says which arguments changed", () => {
    expect(found.changes).toEqual([
      { id: "b", name: "hidden", layer: "Dense", arguments: [["units", 16, 32]] },
    ]);
  });

  it("of a graph with itself is that graph", () => {
    const pairs = LEFT.nodes.map(({ id }) => ({ left: id, right: id, state: "same" as const, changes: {} }));
    const same = merged(LEFT, LEFT, { pairs, added_edges: [], removed_edges: [] });
    expect(same.graph.nodes).toHaveLength(4);
    expect(same.graph.edges).toEqual(LEFT.edges);
  });

  it("keeps a removed call of a shared layer at its layer", () => {
    const shared: Graph = {
      ...LEFT,
      nodes: LEFT.nodes.map((node) => (node.id === "b" ? { ...node, shares: "a" } : node)),
    };
    const drop = merged(shared, RIGHT, DIFFERENCE).graph.nodes.find(({ id }) => id === "left b");
    expect(drop?.shares).toBe("b");
  });
});

it("the states of one side name its own nodes", () => {
  expect(statesOf(LEFT, DIFFERENCE, "left")).toEqual({ in: "same", a: "changed", b: "removed", c: "same" });
  expect(statesOf(RIGHT, DIFFERENCE, "right")).toEqual({ in: "same", b: "changed", a: "added", c: "same" });
});

it("the summary counts what differs", () => {
  expect(summary(DIFFERENCE)).toBe("1 added, 1 removed, 1 changed");
  const pairs = DIFFERENCE.pairs.slice(0, 1);
  expect(summary({ pairs, added_edges: [], removed_edges: [] })).toBe("");
  expect(summary({ pairs, added_edges: ["x"], removed_edges: [] })).toBe(
    "the same layers, connected differently",
  );
});

it.each([
  [null, "none"],
  ["relu", "relu"],
  [[3, 3], "[3,3]"],
  [{ class_name: "GlorotUniform", config: {} }, "GlorotUniform"],
])("an argument %o is shown as %s", (value, text) => expect(shownValue(value)).toBe(text));
