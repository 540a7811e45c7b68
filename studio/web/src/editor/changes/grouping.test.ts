import { describe, expect, it } from "vitest";
import type { Graph } from "../../graph/model";
import { graph, node } from "../../graph/samples";
import { grouped, groupProblem } from "./grouping";
import exampled from "./grouping.example.json";
import type { SpecOf } from "./nesting";
import { outputsOf } from "./outputs";
import { ungrouped, ungroupProblem } from "./ungrouping";

const at = (x: number, y: number) => ({ position: { x, y } });
const dense = (units: number) => ({ config: { units } });
const input = { config: { shape: [4] } };

/** Two inputs, a layer that is called twice, a list whose order is not that of the nodes, and two outputs. */
const DRAWN: Graph = graph(
  [
    node("a", "InputLayer", { ...input, ...at(0, 0) }),
    node("b", "InputLayer", { ...input, ...at(240, 0) }),
    node("left", "Dense", { ...dense(3), ...at(0, 160) }),
    node("right", "Dense", { name: "left", shares: "left", ...at(240, 160) }),
    node("join", "Concatenate", at(0, 320)),
    node("tail", "Dense", { ...dense(2), outputs: [0], ...at(0, 480) }),
    node("both", "Concatenate", at(0, 640)),
    node("out", "Dense", { ...dense(1), outputs: [0], ...at(0, 800) }),
  ],
  [
    ["a", "left"],
    ["b", "right"],
    ["right", "join", "inputs", 0],
    ["left", "join", "inputs", 1],
    ["join", "tail"],
    ["tail", "both", "inputs", 0],
    ["left", "both", "inputs", 1],
    ["both", "out"],
  ],
);
const CHOSEN = ["left", "right", "join", "tail"];
const spec = () => ({ shape: [null, 4], dtype: "float32" });
const inOrder = (one: Graph) => ({
  ...one,
  edges: [...one.edges].sort((left, right) => left.id.localeCompare(right.id)),
});
const group = (one: Graph, ids: string[]) => grouped(one, ids, spec, "TB");

describe("grouping", () => {
  const made = group(DRAWN, CHOSEN);
  const model = made.graph.nodes.find(({ id }) => id === made.id)!;

  it("gives what the Python side checks and builds", () => {
    expect({ drawn: DRAWN, grouped: made.graph }).toEqual(exampled);
  });

  it("makes an input for each tensor that enters, and an output for each that leaves", () => {
    expect(groupProblem(DRAWN, CHOSEN, spec)).toBeNull();
    const inner = model.graph!;
    const inputs = inner.nodes.filter(({ layer }) => layer === "InputLayer");
    expect(inputs.map(({ name, config }) => [name, config])).toEqual([
      ["input", { shape: [4] }],
      ["input_1", { shape: [4] }],
    ]);
    const arriving = made.graph.edges.filter(({ target }) => target === made.id);
    expect(arriving.map(({ source, argument, order }) => [source, argument, order])).toEqual([
      ["a", "inputs", 0],
      ["b", "inputs", 1],
    ]);
    expect(outputsOf(inner).map(({ source }) => source)).toEqual(["left", "tail"]);
    const leaving = made.graph.edges.filter(({ source }) => source === made.id);
    expect(leaving.map(({ output, order }) => [output, order])).toEqual([
      [1, 0],
      [0, 1],
    ]);
    expect(outputsOf(made.graph)).toEqual([
      { source: made.id, output: 1 },
      { source: "out", output: 0 },
    ]);
  });

  it("keeps the order of a list, also where one tensor fills two places of it", () => {
    const twice = graph(
      [node("a", "InputLayer"), node("b", "Dense"), node("c", "Concatenate"), node("d")],
      [
        ["a", "b"],
        ["b", "c", "inputs", 0],
        ["a", "c", "inputs", 1],
        ["c", "d"],
      ],
    );
    const inner = group(twice, ["c", "d"]).graph.nodes.find(({ layer }) => layer === "Model")!.graph!;
    expect(inner.nodes.filter(({ layer }) => layer === "InputLayer")).toHaveLength(2);
    const both = group(twice, ["b", "c"]).graph;
    expect(both.edges.filter(({ source }) => source === "a")).toHaveLength(1);
    expect(both.nodes.find(({ layer }) => layer === "Model")!.graph!.edges.map(({ order }) => order)).toEqual(
      [0, 0, 1],
    );
  });

  it("gives dtype and batch where they are not as usual, and a name that is free", () => {
    const chain = graph([node("a", "InputLayer"), node("block")], [["a", "block"]]);
    const ids = grouped(chain, ["block"], () => ({ shape: [8, null], dtype: "int64" }), "LR");
    const found = ids.graph.nodes.find(({ id }) => id === ids.id)!;
    expect(found.graph!.nodes[0]!.config).toEqual({ batch_shape: [8, null], dtype: "int64" });
    const again = group(graph([...chain.nodes, node("z")], [["a", "z"]]), ["z"]);
    expect(again.graph.nodes.find(({ id }) => id === again.id)!.name).toBe("block_1");
  });

  it("leaves the outputs as they were where none was marked", () => {
    const fork = graph(
      [node("a", "InputLayer"), node("b"), node("c"), node("d")],
      [
        ["a", "b"],
        ["b", "c"],
        ["b", "d"],
      ],
    );
    const some = group(fork, ["b", "c"]);
    expect(outputsOf(some.graph)).toEqual([
      { source: some.id, output: 1 },
      { source: "d", output: 0 },
    ]);
    const all = group(fork, ["b", "c", "d"]);
    expect(outputsOf(all.graph)).toHaveLength(2);
    const one = group(fork, ["c"]);
    expect(one.graph.nodes.every(({ outputs }) => !outputs.length)).toBe(true);
  });

  it("says why it cannot", () => {
    const locked = { ...DRAWN, nodes: DRAWN.nodes.map((one) => ({ ...one, locked: one.id === "out" })) };
    const refused = (one: Graph, ids: string[], of: SpecOf = spec) => groupProblem(one, ids, of);
    expect(refused(DRAWN, [])).toMatch(/Choose the nodes/);
    expect(refused(locked, ["both", "out"])).toMatch(/out is fixed by the dataset/);
    expect(refused(DRAWN, ["a", "left"])).toMatch(/a is an input of the model/);
    expect(refused(DRAWN, ["left"])).toMatch(/calls the layer left, too/);
    expect(refused(DRAWN, ["right"])).toMatch(/calls the layer left, too/);
    expect(refused(DRAWN, ["join", "both"])).toMatch(/tail takes from these nodes and gives back/);
    expect(refused(graph([node("x"), node("y")], [["x", "y"]]), ["x", "y"])).toMatch(/connect them first/);
    expect(refused(DRAWN, ["join", "tail"], () => undefined)).toMatch(/from left is not known yet/);
  });
});

describe("ungrouping", () => {
  it("gives back the graph that was grouped, also inside of another group", () => {
    for (const chosen of [CHOSEN, ["tail"], ["both", "out"], ["left", "right"]]) {
      const { graph: made, id } = group(DRAWN, chosen);
      expect(ungroupProblem(made, id)).toBeNull();
      const back = ungrouped(made, id, "TB");
      expect(inOrder(back.graph)).toEqual(inOrder(DRAWN));
      expect(back.ids).toEqual(chosen);
      const outer = group(made, [id]);
      expect(inOrder(ungrouped(outer.graph, outer.id, "TB").graph)).toEqual(inOrder(made));
    }
  });

  it("finds free ids and names, for the calls of a shared layer too", () => {
    const { graph: made, id } = group(DRAWN, CHOSEN);
    const full = { ...made, nodes: [...made.nodes, node("left", "Dense", at(800, 0))] };
    const back = ungrouped(full, id, "TB").graph;
    expect(new Set(back.nodes.map((one) => one.id)).size).toBe(back.nodes.length);
    const owner = back.nodes.find(({ name, shares }) => name === "left_1" && !shares)!;
    const again = back.nodes.find(({ shares }) => shares)!;
    expect([again.shares, again.name]).toEqual([owner.id, "left_1"]);
    expect(back.edges.filter(({ source }) => source === owner.id)).toHaveLength(2);
  });

  it("leaves out what waits for a tensor, and follows an input that is given on as it is", () => {
    const inner = graph(
      [node("i", "InputLayer", { outputs: [0] }), node("j", "InputLayer"), node("k")],
      [["j", "k"]],
    );
    const outer = graph(
      [node("a", "InputLayer"), node("m", "Model", { graph: inner }), node("z")],
      [
        ["a", "m"],
        ["m", "z"],
      ],
    );
    const back = ungrouped(outer, "m", "TB").graph;
    expect(back.edges.map(({ source, target }) => [source, target])).toEqual([["a", "z"]]);
    expect(back.nodes.map((one) => one.id)).toEqual(["a", "k", "z"]);
  });

  it("says why it cannot", () => {
    const { graph: made, id } = group(DRAWN, CHOSEN);
    const name = made.nodes.find((one) => one.id === id)!.name;
    const twice = { ...made, nodes: [...made.nodes, node("again", "Model", { name, shares: id })] };
    expect(ungroupProblem(twice, id)).toMatch(/called more than once/);
    expect(ungroupProblem(twice, "again")).toMatch(/called more than once/);
    expect(ungroupProblem(made, "a")).toMatch(/a is no nested model/);
    const frozen = made.nodes.map((one) => (one.id === id ? { ...one, config: { trainable: false } } : one));
    expect(ungroupProblem({ ...made, nodes: frozen }, id)).toMatch(/has trainable set/);
  });
});
