import { type Graph, MODEL, type PaletteLayer } from "../graph/model";
import { addAfter, addAt, inputsAt, insertOnEdge, joined, type Layers } from "./changes/adding";
import { type Wire, wired, wireProblem, withoutEdges } from "./changes/connecting";
import { grouped, groupProblem } from "./changes/grouping";
import { cutOut, type Piece, pasted, readPiece } from "./changes/copying";
import { type SpecOf, withNewNested } from "./changes/nesting";
import { sharedAgain, withoutNodes } from "./changes/removing";
import { ungrouped, ungroupProblem } from "./changes/ungrouping";
import { counted } from "../ui/format";
import { type Editor, type EditorState, levelOf } from "./store";

/** Where a layer is added: next to what is chosen (nothing given), at a place, in an edge, or at the end of a wire. */
export interface Spot {
  at?: { x: number; y: number };
  edge?: string;
  from?: string;
}

/** Adds a layer of the palette, connects it where that is meant, and chooses it. */
export function addLayer(editor: Editor, layers: Layers, layer: PaletteLayer, spot: Spot = {}): void {
  const state = editor.getState();
  const level = levelOf(state);
  const placed = made(level, layers, layer, spot, state);
  const nested = layer.name === MODEL && withNewNested(placed.graph, placed.id, specsOf(state));
  const added = nested ? { ...placed, graph: nested } : placed;
  state.edit(() => added.graph, { select: [added.id] });
  const name = added.graph.nodes.find((node) => node.id === added.id)!.name;
  const before = added.graph.edges.find((edge) => edge.target === added.id)?.source;
  const after = added.graph.nodes.find((node) => node.id === before)?.name;
  state.say(`Added ${layer.name} ${name}${after ? ` after ${after}` : ""}.`);
}

function made(
  level: Graph,
  layers: Layers,
  layer: PaletteLayer,
  { at, edge, from }: Spot,
  {
    selected,
    selectedEdges,
    direction,
  }: { selected: string[]; selectedEdges: string[]; direction: "TB" | "LR" },
) {
  const into = edge ?? (at || selected.length ? undefined : selectedEdges[0]);
  const inserted = into && insertOnEdge(level, into, layer, direction);
  if (inserted) return inserted;
  if (!at) return addAfter(level, layer, from ? [from] : selected, layers, direction);
  const added = addAt(level, layer, at, direction);
  return { ...added, graph: (from && joined(added.graph, from, added.id, layers)) || added.graph };
}

/** Draws an edge; where that is not possible, says why and gives the reason. */
export function connect(editor: Editor, layers: Layers, wire: Wire): string | null {
  const level = levelOf(editor.getState());
  const target = level.nodes.find((node) => node.id === wire.target);
  const inputs = target ? inputsAt(level, target, layers) : [];
  const problem = wireProblem(level, wire, inputs);
  if (problem) editor.setState({ said: problem, notice: problem });
  else editor.getState().edit((graph) => wired(graph, wire, inputs));
  return problem;
}

/** Connects two nodes by the first argument that is free. */
export function connectNodes(editor: Editor, layers: Layers, source: string, target: string): string | null {
  const level = levelOf(editor.getState());
  const next = joined(level, source, target, layers);
  const name = (id: string) => level.nodes.find((node) => node.id === id)?.name ?? id;
  const problem = next ? null : `${name(source)} cannot be connected to ${name(target)}.`;
  if (next) editor.getState().edit(() => next);
  editor.getState().say(problem ?? `Connected ${name(source)} to ${name(target)}.`);
  return problem;
}

/** Takes away the chosen nodes and edges; a node that the dataset fixes stays. */
export function removeChosen(editor: Editor): void {
  const { selected, selectedEdges, edit, say } = editor.getState();
  if (!selected.length && !selectedEdges.length) return;
  const level = levelOf(editor.getState());
  const locked = level.nodes.filter((node) => node.locked && selected.includes(node.id));
  const removed = selected.length - locked.length;
  const before = level.edges.find((edge) => edge.target === selected[0])?.source;
  const next = before && !selected.includes(before) ? [before] : [];
  if (removed || selectedEdges.length) {
    edit((graph) => withoutNodes(withoutEdges(graph, selectedEdges), selected), {
      select: removed ? next : [],
    });
  }
  const kept = locked.length
    ? ` ${locked.map((node) => node.name).join(", ")}: fixed by the dataset, it stays.`
    : "";
  say(`Removed ${removed + selectedEdges.length}.${kept}`);
}

/** The chosen nodes as text for the clipboard; null where none is chosen. */
export function chosenAsText(editor: Editor): string | null {
  const state = editor.getState();
  if (!state.selected.length) return null;
  const piece = cutOut(levelOf(state), state.selected);
  state.say(`Copied ${piece.nodes.length}.`);
  return JSON.stringify(piece);
}

/** Puts a copied piece in and chooses it; false where the text is none. */
export function pasteText(editor: Editor, text: string, at?: { x: number; y: number }): boolean {
  const piece = readPiece(text);
  if (!piece?.nodes.length) return false;
  putIn(editor, piece, at);
  return true;
}

function putIn(editor: Editor, piece: Piece, at?: { x: number; y: number }): void {
  const { graph, ids } = pasted(levelOf(editor.getState()), piece, at);
  editor.getState().edit(() => graph, { select: ids });
  editor.getState().say(`Put in ${ids.length}.`);
}

export function duplicateChosen(editor: Editor): void {
  const state = editor.getState();
  if (state.selected.length) putIn(editor, cutOut(levelOf(state), state.selected));
}

/** Calls the layer of a node once more, in a node of its own. */
export function shareAgain(editor: Editor, id: string): void {
  const shared = sharedAgain(levelOf(editor.getState()), id);
  editor.getState().edit(() => shared.graph, { select: [shared.id] });
  editor.getState().say("The layer is called once more: both nodes have the same weights.");
}

/** Shapes and dtypes as the last check found them. */
function specsOf({ states }: EditorState): SpecOf {
  return ({ source, output }) => states.get(source)?.report.outputs[output];
}

/** Makes one nested model of the chosen nodes; where that is not possible, says why. */
export function groupChosen(editor: Editor): void {
  const state = editor.getState();
  const { selected, direction } = state;
  const level = levelOf(state);
  // What is known may be of the graph before the last change.
  const wait = state.checking === "busy" ? "The graph is being checked: group in a moment." : null;
  const problem = wait ?? groupProblem(level, selected, specsOf(state));
  if (problem) return editor.setState({ said: problem, notice: problem });
  const { graph, id } = grouped(level, selected, specsOf(state), direction);
  state.edit(() => graph, { select: [id] });
  const { name } = graph.nodes.find((node) => node.id === id)!;
  state.say(`Grouped ${counted(selected.length, "node")} into ${name}.`);
}

/** Puts the layers of a nested model in its place; where that is not possible, says why. */
export function ungroup(editor: Editor, id: string): void {
  const state = editor.getState();
  const level = levelOf(state);
  const problem = ungroupProblem(level, id);
  if (problem) return editor.setState({ said: problem, notice: problem });
  const { name } = level.nodes.find((node) => node.id === id)!;
  const { graph, ids } = ungrouped(level, id, state.direction);
  state.edit(() => graph, { select: ids });
  state.say(`Ungrouped ${name}: ${counted(ids.length, "node")}.`);
}

/** Opens a nested model, also by a node that calls it again. */
export function openNested(editor: Editor, id: string): boolean {
  const state = editor.getState();
  const node = levelOf(state).nodes.find((other) => other.id === id);
  if (node?.layer !== MODEL) return false;
  state.open([...state.path, node.shares ?? node.id]);
  state.say(`Opened ${node.name}.`);
  return true;
}
