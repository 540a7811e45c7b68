import { describe, expect, it } from "vitest";
import { NODE_SIZE } from "../../graph/layout";
import type { Fix, Graph } from "../../graph/model";
import { graph, LAYERS, node } from "../../graph/samples";
import { addAfter, addAt, insertOnEdge } from "./adding";
import { withArgument, withFix, withName, withOutput } from "./arguments";
import { freeArgument, wired, wireProblem, withoutEdges } from "./connecting";
import { cutOut, pasted, readPiece } from "./copying";
import { withDataset } from "./datasets";
import { freshName, nameProblem, snakeCase } from "./names";
import { changedAt, graphAt, namesAlong, validPath } from "./nesting";
import { sharedAgain, withoutNodes } from "./removing";

const CONV = LAYERS.get("Conv2D")!;
const pairs = (one: Graph) => one.edges.map((edge) => `${edge.source}>${edge.target}`).sort();
const INPUT = node("in", "InputLayer", { locked: true });
const OUTPUT = node("out", "Dense", { locked: true, outputs: [0], position: { x: 0, y: 300 } });
const START = { ...graph([INPUT, OUTPUT]), dataset: "digits" };

describe("names", () => {
  it("begin as Keras' own do, and are free", () => {
    expect(
      ["Conv2D", "MaxPooling2D", "LSTM", "GlobalAveragePooling2D", "BatchNormalization"].map(snakeCase),
    ).toEqual(["conv2d", "max_pooling2d", "lstm", "global_average_pooling2d", "batch_normalization"]);
    const taken = graph([node("dense"), node("dense_1")]);
    expect(freshName(taken, "dense")).toBe("dense_2");
    expect(freshName(taken, "dense_1")).toBe("dense_2");
    expect(freshName(taken, "conv2d")).toBe("conv2d");
  });

  it("are refused where another layer has them, not where the same layer is called again", () => {
    const shared = graph([node("a"), node("b"), node("c", "Dense", { name: "a", shares: "a" })]);
    expect(nameProblem(shared, "b", "a")).toMatch(/each layer needs its own/);
    expect(nameProblem(shared, "c", "a")).toBeNull();
    expect(nameProblem(shared, "b", "x/y")).toMatch(/no \//);
    expect(nameProblem(shared, "b", " ")).toMatch(/needs a name/);
  });
});

describe("edges", () => {
  const inputs = LAYERS.get("Dense")!.inputs;
  const chain = graph(
    [node("a"), node("b"), node("c"), INPUT],
    [
      ["a", "b"],
      ["b", "c"],
    ],
  );
  const wire = (source: string, target: string, argument = "inputs") => ({
    source,
    target,
    argument,
    output: 0,
  });

  it("close no cycle, and lead into an argument that there is", () => {
    expect(wireProblem(chain, wire("c", "a"), inputs)).toMatch(/cycle/);
    expect(wireProblem(chain, wire("a", "a"), inputs)).toMatch(/its own output/);
    expect(wireProblem(chain, wire("a", "in"), [])).toMatch(/input of the model/);
    expect(wireProblem(chain, wire("a", "c", "query"), inputs)).toMatch(/takes inputs, not query/);
    expect(wireProblem(chain, wire("a", "c"), inputs)).toBeNull();
  });

  it("replace the one that an argument has, and line up where it takes many", () => {
    expect(pairs(wired(chain, wire("a", "c"), inputs))).toEqual(["a>b", "a>c"]);
    const many = LAYERS.get("Concatenate")!.inputs;
    const first = wired(chain, wire("a", "c"), many);
    const orders = first.edges.filter((edge) => edge.target === "c").map((edge) => [edge.source, edge.order]);
    expect(orders).toEqual([
      ["b", 0],
      ["a", 1],
    ]);
    expect(wired(first, wire("a", "c"), many)).toBe(first);
    const left = withoutEdges(first, [first.edges.find((edge) => edge.source === "b")!.id]);
    expect(left.edges.find((edge) => edge.target === "c")!.order).toBe(0);
  });

  it("go into the first argument that waits for a tensor", () => {
    const attention = LAYERS.get("Attention")!.inputs;
    const half = graph([node("a"), node("b", "Attention")], [["a", "b", "query"]]);
    expect(freeArgument(half, "b", attention)).toBe("value");
    expect(freeArgument(wired(half, wire("a", "b", "value"), attention), "b", attention)).toBeNull();
  });
});

describe("adding", () => {
  it("builds a chain from the dataset's input to its output, one click after the other", () => {
    const first = addAfter(START, CONV, [], LAYERS, "TB");
    expect(pairs(first.graph)).toEqual([`in>${first.id}`, `${first.id}>out`]);
    const second = addAfter(first.graph, LAYERS.get("Flatten")!, [first.id], LAYERS, "TB");
    expect(pairs(second.graph)).toEqual(
      [`${first.id}>${second.id}`, `${second.id}>out`, `in>${first.id}`].sort(),
    );
    const ys = [first.id, second.id, "out"].map(
      (id) => second.graph.nodes.find((one) => one.id === id)!.position.y,
    );
    expect(ys[1]! - ys[0]!).toBeGreaterThanOrEqual(NODE_SIZE.height);
    expect(ys[2]! - ys[1]!).toBeGreaterThanOrEqual(NODE_SIZE.height);
  });

  it("begins with arguments that work and a name of its own", () => {
    const { graph: once } = addAt(START, CONV, { x: 0, y: 100 }, "TB");
    const { graph: twice, id } = addAt(once, CONV, { x: 0, y: 100 }, "TB");
    const added = twice.nodes.find((one) => one.id === id)!;
    expect(added).toMatchObject({ name: "conv2d_1", config: { filters: 32, kernel_size: 3 } });
    expect(new Set(twice.nodes.map((one) => `${one.position.x},${one.position.y}`)).size).toBe(4);
  });

  it("joins all chosen nodes in a layer that takes several", () => {
    const two = graph([node("a"), node("b")]);
    const { graph: joined, id } = addAfter(two, LAYERS.get("Concatenate")!, ["a", "b"], LAYERS, "LR");
    expect(joined.edges.map((edge) => [edge.source, edge.target, edge.order])).toEqual([
      ["a", id, 0],
      ["b", id, 1],
    ]);
  });

  it("into an edge keeps the argument and the place that it led to", () => {
    const whole = graph(
      [node("a"), node("b"), node("c", "Concatenate")],
      [
        ["a", "c", "inputs", 0],
        ["b", "c", "inputs", 1],
      ],
    );
    const { graph: next, id } = insertOnEdge(whole, "e2", CONV, "TB", { filters: 8 })!;
    expect(next.edges.find((edge) => edge.source === id)).toMatchObject({
      target: "c",
      argument: "inputs",
      order: 1,
    });
    expect(next.edges.find((edge) => edge.target === id)).toMatchObject({ source: "b", argument: "inputs" });
    expect(next.nodes.find((one) => one.id === id)!.config).toEqual({ filters: 8, kernel_size: 3 });
    expect(insertOnEdge(whole, "e2", LAYERS.get("InputLayer")!, "TB")).toBeNull();
  });
});

describe("removing", () => {
  it("closes the gap in a chain and leaves what the dataset fixes", () => {
    const { graph: whole, id } = addAfter(START, CONV, [], LAYERS, "TB");
    expect(pairs(withoutNodes(whole, [id, "in", "out"]))).toEqual(["in>out"]);
    expect(withoutNodes(whole, ["in"]).nodes).toHaveLength(3);
  });

  it("hands a shared layer on to the next node that calls it", () => {
    const whole = graph([node("a", "Dense", { config: { units: 3 } })]);
    const once = sharedAgain(whole, "a");
    const twice = sharedAgain(once.graph, once.id);
    const left = withoutNodes(twice.graph, ["a"]).nodes;
    expect(left[0]).toMatchObject({ id: once.id, shares: null, config: { units: 3 }, name: "a" });
    expect(left[1]).toMatchObject({ id: twice.id, shares: once.id });
  });
});

describe("copying", () => {
  const whole = graph([node("a"), node("b", "Dense", { name: "a", shares: "a" }), node("c")], [["a", "c"]]);

  it("gives copies new ids and names, with the edges among them", () => {
    const piece = readPiece(JSON.stringify(cutOut(whole, ["a", "c"])))!;
    const { graph: next, ids } = pasted(whole, piece);
    const names = next.nodes.slice(-2).map((one) => one.name);
    expect(names).toEqual(["a_1", "c_1"]);
    expect(next.edges.at(-1)).toMatchObject({ source: ids[0], target: ids[1] });
    expect(new Set([...next.nodes, ...next.edges].map(({ id }) => id)).size).toBe(
      next.nodes.length + next.edges.length,
    );
  });

  it("keeps a call of a shared layer one where its layer is there, else makes it a layer", () => {
    const piece = cutOut(whole, ["b"]);
    expect(pasted(whole, piece).graph.nodes.at(-1)).toMatchObject({ shares: "a", name: "a" });
    expect(pasted(graph([]), piece).graph.nodes.at(-1)).toMatchObject({ shares: null, name: "a" });
  });

  it("takes no other text", () => {
    for (const text of ["", "hello", "{}", "null", '{"slipway-graph":1,"nodes":[{}],"edges":[]}']) {
      expect(readPiece(text)).toBeNull();
    }
  });
});

describe("arguments, names and outputs", () => {
  const shared = graph([
    node("a", "Dense", { config: { units: 3 } }),
    node("b", "Dense", { name: "a", shares: "a" }),
  ]);

  it("of a shared layer change with it", () => {
    expect(withArgument(shared, "b", "units", 7).nodes[0]!.config).toEqual({ units: 7 });
    expect(withArgument(shared, "b", "units", undefined).nodes[0]!.config).toEqual({});
    expect(withName(shared, "b", "x").nodes.map((one) => one.name)).toEqual(["x", "x"]);
  });

  it("make a tensor an output and no longer one", () => {
    const on = withOutput(withOutput(shared, "a", 1, true), "a", 0, true);
    expect(on.nodes[0]!.outputs).toEqual([0, 1]);
    expect(withOutput(on, "a", 0, false).nodes[0]!.outputs).toEqual([1]);
  });
});

describe("fixes", () => {
  const fix = (more: Partial<Fix>): Fix => ({ label: "", action: "insert", config: {}, ...more });
  const whole = graph([node("a"), node("b")], [["a", "b"]]);
  const mended = (more: Partial<Fix>) => withFix(whole, fix(more), LAYERS, "TB");

  it("do what they say", () => {
    const inserted = mended({ edge: "e1", layer: "Flatten" })!;
    expect(inserted.nodes.map((one) => one.layer)).toEqual(["Dense", "Flatten", "Dense"]);
    expect(mended({ node: "b", layer: "Flatten" })!.nodes).toHaveLength(3);
    expect(mended({ action: "set", node: "b", field: "units", value: 9 })!.nodes[1]!.config).toEqual({
      units: 9,
    });
    expect(mended({ action: "rename", node: "b", value: "z" })!.nodes[1]!.name).toBe("z");
    expect(mended({ action: "remove_edge", edge: "e1" })!.edges).toEqual([]);
    expect(mended({ action: "remove_node", node: "b" })!.nodes).toHaveLength(1);
  });

  it("that no longer fit the graph do nothing", () => {
    expect(mended({ edge: "gone", layer: "Flatten" })).toBeNull();
    expect(mended({ action: "set", node: "gone", field: "units", value: 1 })).toBeNull();
  });
});

describe("nested models", () => {
  const inner = graph([node("x")]);
  const outer = graph([node("m", "Model", { name: "encoder", graph: inner }), node("y")]);

  it("are changed where they are", () => {
    const next = changedAt(outer, ["m"], (one) => ({ ...one, name: "new" }));
    expect(graphAt(next, ["m"])!.name).toBe("new");
    expect(next.nodes[1]).toBe(outer.nodes[1]);
    expect(namesAlong(outer, ["m"])).toEqual(["encoder"]);
    expect(validPath(outer, ["m", "gone"])).toEqual(["m"]);
    expect(graphAt(outer, ["y"])).toBeNull();
  });
});

describe("another dataset", () => {
  it("takes the place of the old one's inputs and output; what is between stays", () => {
    const { graph: whole, id } = addAfter(START, CONV, [], LAYERS, "TB");
    const other = {
      ...graph([
        node("i", "InputLayer", { name: "picture", locked: true }),
        node("o", "Dense", { name: "conv2d", locked: true }),
      ]),
      dataset: "fashion_mnist",
    };
    const next = withDataset(whole, other);
    const [picture, output] = ["picture", "conv2d"].map(
      (name) => next.nodes.find((one) => one.name === name)!.id,
    );
    expect(next.dataset).toBe("fashion_mnist");
    expect(pairs(next)).toEqual([`${id}>${output}`, `${picture}>${id}`].sort());
    expect(next.nodes.find((one) => one.id === id)!.name).toBe("conv2d_1");
    expect(withDataset(next, null).nodes.some((one) => one.locked)).toBe(false);
  });
});
