import { beforeEach, describe, expect, it } from "vitest";
import type { Palette } from "../graph/model";
import { graph, LAYERS, node } from "../graph/samples";
import { addLayer, chosenAsText, connect, groupChosen, pasteText, removeChosen, ungroup } from "./actions";
import { withNestedModel } from "../graph/palette";
import { withArgument } from "./changes/arguments";
import { numbered } from "./naming";
import { nodeStates, spokenReport, untrainable, type GraphReport } from "./reports";
import { createEditor, type Editor, levelOf, travel } from "./store";
import { score } from "./searching";
import { nextNode } from "./walking";

const REPORT: GraphReport = {
  nodes: [{ id: "in", outputs: [{ shape: [null, 8], dtype: "float32" }], parameters: 0, trainable: 0 }],
  problems: [],
  parameters: 10,
  trainable: 10,
  memory_bytes: 1,
  can_train: true,
  milliseconds: 1,
};

let editor: Editor;
beforeEach(() => {
  const start = graph([
    node("in", "InputLayer"),
    node("m", "Model", { graph: graph([node("x"), node("y")]) }),
  ]);
  start.nodes[1]!.position = { x: 0, y: 200 };
  editor = createEditor({ id: "1", name: "A", revision: 1, modified: "", graph: start });
});

describe("undo", () => {
  it("goes back and forth through whole changes", () => {
    addLayer(editor, LAYERS, LAYERS.get("Dense")!);
    const added = editor.getState().graph;
    removeChosen(editor);
    travel(editor, "undo");
    expect(editor.getState().graph).toBe(added);
    travel(editor, "undo");
    expect(levelOf(editor.getState()).nodes).toHaveLength(2);
    expect(editor.getState().selected).not.toContain(added.nodes.at(-1)!.id);
    travel(editor, "redo");
    expect(editor.getState().graph).toBe(added);
  });

  it("takes back what was typed into one field at once", () => {
    for (const units of [6, 64, 640]) {
      editor.getState().edit((level) => withArgument(level, "in", "units", units), { typing: "in units" });
    }
    editor.getState().edit((level) => withArgument(level, "in", "axis", 1), { typing: "in axis" });
    travel(editor, "undo");
    expect(levelOf(editor.getState()).nodes[0]!.config).toEqual({ units: 640 });
    travel(editor, "undo");
    expect(levelOf(editor.getState()).nodes[0]!.config).toEqual({});
  });

  it("leaves a nested model that is no longer there", () => {
    editor.getState().edit((level) => ({
      ...level,
      nodes: [...level.nodes, node("n", "Model", { graph: graph([node("z")]) })],
    }));
    editor.getState().open(["n"]);
    expect(levelOf(editor.getState()).nodes[0]!.id).toBe("z");
    travel(editor, "undo");
    expect(editor.getState().path).toEqual([]);
  });
});

describe("nested models", () => {
  it("are laid out when they are first opened, which is no step of undo, and edited in place", () => {
    editor.getState().open(["m"]);
    const [x, y] = levelOf(editor.getState()).nodes;
    expect(x!.position).not.toEqual(y!.position);
    expect(editor.temporal.getState().pastStates).toHaveLength(0);
    addLayer(editor, LAYERS, LAYERS.get("Dense")!);
    expect(editor.getState().graph.nodes[1]!.graph!.nodes).toHaveLength(3);
    expect(editor.getState().graph.nodes).toHaveLength(2);
  });
});

describe("grouping", () => {
  beforeEach(() => {
    addLayer(editor, LAYERS, LAYERS.get("Dense")!, { from: "in" });
    addLayer(editor, LAYERS, LAYERS.get("Dense")!);
    editor.getState().select(
      editor
        .getState()
        .graph.nodes.slice(2)
        .map(({ id }) => id),
    );
  });

  it("waits for the check, then makes one step that undo takes back", () => {
    const before = editor.getState().graph;
    groupChosen(editor);
    expect(editor.getState().notice).toMatch(/being checked/);
    editor.setState({ checking: "idle" });
    groupChosen(editor);
    expect(editor.getState().notice).toMatch(/is not known yet/);
    expect(editor.getState().graph).toBe(before);
    editor.getState().checked(REPORT, REPORT);
    groupChosen(editor);
    const [id] = editor.getState().selected;
    expect(editor.getState().said).toBe("Grouped 2 nodes into block.");
    expect(editor.getState().graph.nodes.map(({ name }) => name)).toEqual(["in", "m", "block"]);
    ungroup(editor, id!);
    expect(editor.getState().graph).toEqual(before);
    travel(editor, "undo");
    travel(editor, "undo");
    expect(editor.getState().graph).toBe(before);
  });
});

describe("a nested model of the palette", () => {
  it("takes the shape of what it follows", () => {
    const palette = withNestedModel({ groups: ["core layers"], layers: [...LAYERS.values()] } as Palette);
    const layer = palette.layers.at(-1)!;
    editor.getState().checked(REPORT, REPORT);
    addLayer(editor, LAYERS, layer, { from: "in" });
    const made = editor.getState().graph.nodes.at(-1)!;
    expect([made.layer, made.name]).toEqual(["Model", "block"]);
    expect(made.graph!.nodes.map(({ config }) => config)).toEqual([{ shape: [8] }, {}]);
  });
});

describe("names of drawings", () => {
  it("are counted on", () => {
    expect(numbered("digits drawing", ["x"])).toBe("digits drawing");
    expect(numbered("digits drawing", ["digits drawing", "digits drawing 2"])).toBe("digits drawing 3");
  });
});

describe("copy and paste", () => {
  it("goes through text, also into another drawing", () => {
    editor.getState().select(["in", "m"]);
    const text = chosenAsText(editor)!;
    const other = createEditor({ id: "2", name: "B", revision: 1, modified: "", graph: graph([]) });
    expect(pasteText(other, text)).toBe(true);
    expect(levelOf(other.getState()).nodes.map((one) => one.name)).toEqual(["in", "m"]);
    expect(other.getState().selected).toHaveLength(2);
    expect(pasteText(other, "some other text")).toBe(false);
  });
});

describe("connecting", () => {
  it("says why it cannot", () => {
    const wire = { source: "m", target: "in", argument: "inputs", output: 0 };
    expect(connect(editor, LAYERS, wire)).toMatch(/takes no tensor/);
    expect(editor.getState().notice).toMatch(/takes no tensor/);
    expect(connect(editor, LAYERS, { ...wire, source: "in", target: "m" })).toBeNull();
    expect(editor.getState().graph.edges).toHaveLength(1);
  });
});

describe("a report", () => {
  it("leaves nodes alone about which it says nothing new", () => {
    const first = nodeStates(REPORT, new Map());
    const second = nodeStates(structuredClone(REPORT), first);
    expect(second.get("in")).toBe(first.get("in"));
    const worse = {
      ...REPORT,
      problems: [
        { kind: "shape" as const, message: "no", nodes: ["in"], edges: [], severity: "error" as const },
      ],
    };
    expect(nodeStates(worse, second).get("in")!.problems).toHaveLength(1);
  });

  it("tells why a graph cannot be trained", () => {
    expect(untrainable(null, null)).toMatch(/Choose a dataset/);
    expect(untrainable(null, "digits")).toMatch(/not checked/);
    expect(untrainable(REPORT, "digits")).toBeNull();
    const problem = {
      kind: "graph" as const,
      message: "Too wide",
      nodes: [],
      edges: [],
      severity: "error" as const,
    };
    const wrong = { ...REPORT, can_train: false, problems: [problem] };
    expect(untrainable(wrong, "digits")).toBe("One error has to be mended first.");
    expect(spokenReport(wrong)).toBe("1 error: Too wide");
    expect(spokenReport(REPORT)).toBe("The graph is right: 10 parameters.");
  });
});

describe("the arrow keys", () => {
  const tree = graph(
    [
      node("a", "Dense", { position: { x: 100, y: 0 } }),
      node("b", "Dense", { position: { x: 0, y: 100 } }),
      node("c", "Dense", { position: { x: 220, y: 100 } }),
    ],
    [
      ["a", "b"],
      ["a", "c"],
    ],
  );

  it("go along the edges, and across them to what stands there", () => {
    expect(nextNode(tree, "a", "ArrowDown", "TB")).toBe("b");
    expect(nextNode(tree, "b", "ArrowRight", "TB")).toBe("c");
    expect(nextNode(tree, "c", "ArrowUp", "TB")).toBe("a");
    expect(nextNode(tree, "c", "ArrowRight", "TB")).toBeNull();
  });
});

describe("the search", () => {
  it("finds by name, beginning and initials, the best first", () => {
    const found = (typed: string) =>
      [...LAYERS.values()]
        .map((layer) => [layer.name, score(layer, typed)] as const)
        .sort((a, b) => b[1] - a[1])[0]![0];
    expect(found("dense")).toBe("Dense");
    expect(found("conc")).toBe("Concatenate");
    expect(found("gap")).toBe("GlobalAveragePooling2D");
    expect(score(LAYERS.get("Dense")!, "zzz")).toBe(0);
  });
});
