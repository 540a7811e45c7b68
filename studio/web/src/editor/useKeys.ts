import { useReactFlow } from "@xyflow/react";
import { useEffect, useRef } from "react";
import { duplicateChosen, groupChosen, openNested, removeChosen, shareAgain, ungroup } from "./actions";
import { withPositions } from "./changes/arguments";
import { useEditorStore } from "./context";
import { focusNode, focusPanel, isTyping } from "./focusing";
import { FIT_GLIDING, GRID } from "../graph/layout";
import { type Editor, levelOf, travel } from "./store";
import { useReveal } from "./useFlow";
import { type Arrow, isArrow, nextNode, stepOf } from "./walking";

export interface KeyActions {
  search: () => void;
  connectFrom: (id: string) => void;
  shortcuts: () => void;
  arrange: () => void;
}

/** The keys of the editor (`Shortcuts` lists them); fields, dialogs and menus keep theirs. */
export function useKeys(actions: KeyActions): void {
  const editor = useEditorStore();
  const { fitView, zoomIn, zoomOut } = useReactFlow();
  const reveal = useReveal();
  const latest = useRef(actions);
  useEffect(() => {
    latest.current = actions;
  });
  useEffect(() => {
    const view = { fitView, zoomIn, zoomOut, reveal };
    const pressed = (event: KeyboardEvent) => {
      if (isTyping(event.target) || document.querySelector("[role=dialog]") || event.altKey) return;
      const control = event.ctrlKey || event.metaKey;
      const done = control ? withControl(editor, event) : plain(editor, event, latest.current, view);
      if (done) event.preventDefault();
    };
    window.addEventListener("keydown", pressed);
    return () => window.removeEventListener("keydown", pressed);
  }, [editor, fitView, zoomIn, zoomOut, reveal]);
}

function withControl(editor: Editor, event: KeyboardEvent): boolean {
  const key = event.key.toLowerCase();
  if (key === "z") travel(editor, event.shiftKey ? "redo" : "undo");
  else if (key === "y") travel(editor, "redo");
  else if (key === "d") duplicateChosen(editor);
  else if (key === "a") editor.getState().select(levelOf(editor.getState()).nodes.map((node) => node.id));
  else return false;
  return true;
}

type View = Pick<ReturnType<typeof useReactFlow>, "fitView" | "zoomIn" | "zoomOut"> & {
  reveal: (id: string) => void;
};

function plain(editor: Editor, event: KeyboardEvent, actions: KeyActions, view: View): boolean {
  const { key } = event;
  const state = editor.getState();
  const node = focusedNode(event.target);
  if (isArrow(key)) return arrow(editor, key, event.shiftKey, node, view.reveal);
  const current = node ?? (state.selected.length === 1 ? state.selected[0]! : null);
  const onButton = event.target instanceof HTMLElement && event.target.closest("button, a, summary");
  if ((key === "Enter" || key === " ") && onButton) return false;
  const does: Record<string, () => void> = {
    a: actions.search,
    "/": actions.search,
    "?": actions.shortcuts,
    l: actions.arrange,
    f: () => void view.fitView(FIT_GLIDING),
    "+": () => void view.zoomIn({ duration: 150 }),
    "-": () => void view.zoomOut({ duration: 150 }),
    c: () => current && actions.connectFrom(current),
    s: () => current && shareAgain(editor, current),
    g: () => (event.shiftKey ? current && ungroup(editor, current) : groupChosen(editor)),
    Enter: () => current && enter(editor, current),
    " ": () => current && toggle(editor, current),
    Delete: () => remove(editor),
    Backspace: () => remove(editor),
    Escape: () => escape(editor),
  };
  const act = does[key.length === 1 ? key.toLowerCase() : key];
  act?.();
  return !!act;
}

function focusedNode(target: EventTarget | null): string | null {
  const element = target instanceof HTMLElement ? target.closest(".react-flow__node") : null;
  return element?.getAttribute("data-id") ?? null;
}

function arrow(
  editor: Editor,
  key: Arrow,
  moves: boolean,
  node: string | null,
  reveal: (id: string) => void,
): boolean {
  const state = editor.getState();
  const level = levelOf(state);
  const inCanvas = node !== null || document.activeElement === document.body;
  if (!inCanvas || !level.nodes.length) return false;
  if (moves && state.selected.length) {
    const [x, y] = stepOf(key);
    const chosen = level.nodes.filter(({ id }) => state.selected.includes(id));
    const by = ({ position }: { position: { x: number; y: number } }) => ({
      x: position.x + x * GRID * 2,
      y: position.y + y * GRID * 2,
    });
    const places = new Map(chosen.map((other) => [other.id, by(other)]));
    state.edit((graph) => withPositions(graph, places), { typing: `move ${state.selected.join()}` });
    return true;
  }
  const from = node ?? state.focused ?? state.selected[0];
  const next = from ? nextNode(level, from, key, state.direction) : level.nodes[0]!.id;
  if (!next) return true;
  editor.setState({ focused: next, selected: [next], selectedEdges: [] });
  reveal(next);
  focusNode(next);
  return true;
}

function enter(editor: Editor, id: string): void {
  if (openNested(editor, id)) return;
  editor.getState().select([id]);
  focusPanel();
}

function toggle(editor: Editor, id: string): void {
  const { selected, select } = editor.getState();
  select(selected.includes(id) ? selected.filter((other) => other !== id) : [...selected, id]);
}

function remove(editor: Editor): void {
  removeChosen(editor);
  focusNode(editor.getState().focused);
}

function escape(editor: Editor): void {
  const { selected, selectedEdges, select, path, open } = editor.getState();
  if (selected.length || selectedEdges.length) select([]);
  else if (path.length) open(path.slice(0, -1));
}
