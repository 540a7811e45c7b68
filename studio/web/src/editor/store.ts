import { temporal } from "zundo";
import { createStore } from "zustand";
import type { Message } from "../api/client";
import {
  bestDirection,
  type Direction,
  drawnDirection,
  type Size,
  unplaced,
  withLayout,
} from "../graph/layout";
import type { Graph } from "../graph/model";
import { changedAt, graphAt, validPath } from "./changes/nesting";
import { type GraphReport, type NodeStates, nodeStates } from "./reports";

/** How the check of the graph stands: `loading` while Keras is, `away` while the server does not answer. */
export type Checking = "idle" | "busy" | "loading" | "away";

/** How the document stands: `conflict` while somebody else's save waits for an answer. */
export type Saving = "saved" | "waiting" | "saving" | "away" | "conflict";

export interface EditorState {
  id: string;
  name: string;
  graph: Graph;
  /** Ids of the nested models that are open, from the outside in. */
  path: string[];
  /** Ids of the chosen nodes and edges of the open level. */
  selected: string[];
  selectedEdges: string[];
  /** Whether a tap adds to what is chosen: for fingers, which have no Shift. */
  several: boolean;
  /** The node that the keyboard is at. */
  focused: string | null;
  direction: Direction;
  report: GraphReport | null;
  /** Of the nodes of the open level. */
  states: NodeStates;
  checking: Checking;
  checkError: string | null;
  saving: Saving;
  revision: number;
  /** Said by the live region. */
  said: string;
  /** Shown for a while on the canvas. */
  notice: string | null;

  /** Changes the open level; `typing` joins changes of one field that follow each other to one step of undo. */
  edit: (change: (graph: Graph) => Graph, options?: { typing?: string; select?: string[] }) => void;
  rename: (name: string) => void;
  select: (nodes: string[], edges?: string[]) => void;
  focus: (id: string | null) => void;
  open: (path: string[]) => void;
  arrange: (canvas: Size, sizes?: (id: string) => Size | undefined) => void;
  checked: (whole: GraphReport, level: GraphReport) => void;
  say: (words: string) => void;
}

const TYPING_MS = 1500;

/** The state of one open document; its `temporal` store holds the earlier and later graphs of undo and redo. */
export function createEditor(document: Message["Document"], canvas: Size = { width: 800, height: 600 }) {
  let typed = { field: "", at: 0 };
  const placed = begun(document.graph, canvas);
  const store = createStore<EditorState>()(
    temporal(
      (set, get) => ({
        id: document.id,
        name: document.name,
        revision: document.revision,
        graph: placed.graph,
        direction: placed.direction,
        path: [],
        selected: [],
        selectedEdges: [],
        several: false,
        focused: null,
        report: null,
        states: new Map(),
        checking: "busy",
        checkError: null,
        saving: "saved",
        said: "",
        notice: null,

        edit: (change, { typing, select } = {}) => {
          const { graph, path } = get();
          const next = changedAt(graph, path, change);
          const now = Date.now();
          const goesOn = typing !== undefined && typing === typed.field && now - typed.at < TYPING_MS;
          typed = { field: typing ?? "", at: now };
          if (goesOn) store.temporal.getState().pause();
          set({
            graph: next,
            ...(select && { selected: select, selectedEdges: [], focused: select[0] ?? null }),
          });
          if (goesOn) store.temporal.getState().resume();
        },
        rename: (name) => set({ name }),
        select: (selected, selectedEdges = []) => set({ selected, selectedEdges }),
        focus: (focused) => set({ focused }),
        open: (path) => {
          // Laying out a nested model that has no positions yet is nobody's change.
          store.temporal.getState().pause();
          set((state) => opened(state, validPath(state.graph, path), canvas));
          store.temporal.getState().resume();
        },
        arrange: (size, sizes) => {
          const level = levelOf(get());
          const direction = bestDirection(level, size, sizes);
          get().edit((graph) => withLayout(graph, direction, sizes));
          set({ direction });
        },
        checked: (whole, level) =>
          set((state) => ({ report: whole, states: nodeStates(level, state.states), checkError: null })),
        say: (said) => set({ said }),
      }),
      {
        partialize: ({ graph }) => ({ graph }),
        equality: (past, current) => past.graph === current.graph,
        limit: 300,
      },
    ),
  );
  return store;
}

export type Editor = ReturnType<typeof createEditor>;

/** The graph of the open level. */
export function levelOf(state: Pick<EditorState, "graph" | "path">): Graph {
  return graphAt(state.graph, state.path) ?? state.graph;
}

function begun(graph: Graph, canvas: Size): { graph: Graph; direction: Direction } {
  const direction = (!unplaced(graph) && drawnDirection(graph)) || bestDirection(graph, canvas);
  return { graph: unplaced(graph) ? withLayout(graph, direction) : graph, direction };
}

function opened(state: EditorState, path: string[], canvas: Size): Partial<EditorState> {
  const { graph, direction } = begun(graphAt(state.graph, path)!, canvas);
  const moved =
    graph === graphAt(state.graph, path) ? state.graph : changedAt(state.graph, path, () => graph);
  return { path, graph: moved, direction, selected: [], selectedEdges: [], focused: null, states: new Map() };
}

/** Lets edges leave the nodes on the side on which the nodes of the open level follow each other. */
export function turned(editor: Editor): void {
  const direction = drawnDirection(levelOf(editor.getState()));
  if (direction) editor.setState({ direction });
}

/** Goes back (or forward again) by one step; what no longer is there is no longer chosen or open. */
export function travel(editor: Editor, way: "undo" | "redo"): void {
  editor.temporal.getState()[way]();
  const state = editor.getState();
  const path = validPath(state.graph, state.path);
  const known = new Set(levelOf({ graph: state.graph, path }).nodes.map((node) => node.id));
  editor.setState({
    path,
    selected: state.selected.filter((id) => known.has(id)),
    selectedEdges: [],
    focused: state.focused && known.has(state.focused) ? state.focused : null,
  });
  turned(editor);
}
