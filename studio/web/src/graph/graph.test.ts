import { describe, expect, it } from "vitest";
import { compact, configLine, shortShape, spokenNode } from "./describing";
import { drawable, fromFlow, toFlowEdge, toFlowNode } from "./flow";
import { arranged, bestDirection, drawnDirection, NODE_SIZE, unplaced, withLayout } from "./layout";
import { descendants, inputsOf, outputCount } from "./model";
import { graph, node } from "./samples";

const CHAIN = graph(
  [node("a"), node("b"), node("c"), node("d")],
  [
    ["a", "b"],
    ["b", "c"],
    ["b", "d"],
  ],
);

describe("a graph on the canvas", () => {
  it("comes back as it was", () => {
    const whole = {
      ...CHAIN,
      nodes: [
        ...CHAIN.nodes,
        node("m", "Concatenate", { position: { x: 8, y: 16 }, outputs: [0], call: { axis: 1 } }),
      ],
      edges: [...CHAIN.edges, { id: "x", source: "c", output: 2, target: "m", argument: "query", order: 3 }],
    };
    const nodes = whole.nodes.map((one) => toFlowNode(one, "LR"));
    expect(
      fromFlow(
        whole,
        nodes,
        whole.edges.map((edge) => toFlowEdge(edge)),
      ),
    ).toEqual(whole);
  });

  it("does not draw an edge that leads nowhere", () => {
    expect(drawable(graph([node("a")], [["a", "gone"]]))).toEqual([]);
  });

  it("has a place for each tensor that goes in or comes out", () => {
    const unknown = graph([node("a"), node("op", "ops.Add")], [["a", "op", "x1"]]);
    expect(inputsOf(unknown, unknown.nodes[1]!, undefined).map((input) => input.name)).toEqual(["x1"]);
    const states = { ...CHAIN, edges: [{ ...CHAIN.edges[0]!, output: 2 }] };
    expect(outputCount(states, states.nodes[0]!)).toBe(3);
  });

  it("knows what follows a node, also on a cycle", () => {
    expect([...descendants(CHAIN, "a")].sort()).toEqual(["b", "c", "d"]);
    expect(
      descendants(
        graph(
          [node("a"), node("b")],
          [
            ["a", "b"],
            ["b", "a"],
          ],
        ),
        "a",
      ),
    ).toContain("a");
  });
});

describe("the layout", () => {
  it("puts each node behind what it takes, and none onto another", () => {
    for (const direction of ["TB", "LR"] as const) {
      const places = arranged(CHAIN, direction);
      const axis = direction === "TB" ? "y" : "x";
      for (const { source, target } of CHAIN.edges) {
        expect(places.get(target)![axis]).toBeGreaterThan(places.get(source)![axis]);
      }
      const [c, d] = [places.get("c")!, places.get("d")!];
      const apart = direction === "TB" ? Math.abs(c.x - d.x) : Math.abs(c.y - d.y);
      expect(apart).toBeGreaterThanOrEqual(direction === "TB" ? NODE_SIZE.width : NODE_SIZE.height);
      expect(drawnDirection(withLayout(CHAIN, direction))).toBe(direction);
    }
  });

  it("lays out what nobody placed, in spite of edges that lead nowhere", () => {
    const loose = graph([node("a"), node("b")], [["a", "gone"]]);
    expect(unplaced(loose)).toBe(true);
    expect(unplaced(withLayout(loose, "TB"))).toBe(false);
  });

  it("goes down on a phone, and where the graph is seen larger on a wide canvas", () => {
    const long = graph(
      [..."abcdefghij"].map((id) => node(id)),
      [..."abcdefghi"].map((id, index) => [id, "bcdefghij"[index]!]),
    );
    expect(bestDirection(long, { width: 390, height: 600 })).toBe("TB");
    expect(bestDirection(long, { width: 720, height: 640 })).toBe("TB");
    const short = graph([node("a"), node("b")], [["a", "b"]]);
    expect(bestDirection(short, { width: 1400, height: 200 })).toBe("LR");
  });
});

describe("what is said of a node", () => {
  it("names layer, name, output, parameters and errors", () => {
    const conv = node("n1", "Conv2D", { name: "conv2d" });
    const report = {
      id: "n1",
      outputs: [{ shape: [null, 26, 26, 32], dtype: "float32" }],
      parameters: 320,
      trainable: 320,
    };
    const problem = { kind: "shape", message: "no", nodes: ["n1"], edges: [], severity: "error" } as const;
    expect(spokenNode(conv, conv, { report, problems: [{ ...problem, nodes: ["n1"], edges: [] }] })).toBe(
      "Conv2D conv2d, output None by 26 by 26 by 32, 320 parameters, 1 error",
    );
  });

  it("is short on the node", () => {
    expect(shortShape([null, 26, 26, 32])).toBe("26 × 26 × 32");
    expect(shortShape([null, null, 8])).toBe("? × 8");
    expect(
      configLine(
        node("a", "Conv2D", { config: { filters: 32, kernel_size: [3, 3], activation: "relu" } }),
        undefined,
      ),
    ).toBe("filters 32 · kernel size 3 × 3 · relu");
    expect([compact(1234567), compact(12_300_000), compact(100_001_000_000)]).toEqual([
      "1,234,567",
      "12.3 M",
      "100.0 B",
    ]);
  });
});
