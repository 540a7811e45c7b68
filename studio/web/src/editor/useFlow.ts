import { applyNodeChanges, type EdgeChange, type NodeChange, useReactFlow } from "@xyflow/react";
import { useCallback, useEffect, useLayoutEffect, useMemo, useRef, useState } from "react";
import { spokenNode } from "../graph/describing";
import { drawable, type FlowEdge, type FlowNode, toFlowEdge, toFlowNode } from "../graph/flow";
import { type Graph, ownerOf } from "../graph/model";
import { useEditor, useEditorStore } from "./context";
import { type EditorState, levelOf } from "./store";

const MOVE_MS = 260;
/** With more nodes than these a rearranged graph is shown at once. */
const ANIMATED_NODES = 150;

/** The open level as nodes and edges of React Flow, kept in step with the editor's state both ways. */
export function useFlow() {
  const editor = useEditorStore();
  const level = useEditor(levelOf);
  const selected = useEditor((state) => state.selected);
  const selectedEdges = useEditor((state) => state.selectedEdges);
  const focused = useEditor((state) => state.focused);
  const direction = useEditor((state) => state.direction);
  const states = useEditor((state) => state.states);
  const [nodes, setNodes] = useState<FlowNode[]>(() => flowNodes([], level, editor.getState()));
  const shown = useRef(nodes);
  useLayoutEffect(() => {
    shown.current = nodes;
  });

  useEffect(() => {
    const next = flowNodes(shown.current, level, editor.getState());
    return moved(shown.current, next, setNodes);
  }, [editor, level, selected, focused, direction, states]);

  const edges = useMemo(() => flowEdges(level, selectedEdges), [level, selectedEdges]);
  const onNodesChange = useCallback(
    (changes: NodeChange<FlowNode>[]) => {
      setNodes((before) => applyNodeChanges(changes, before));
      const { selected, selectedEdges, select } = editor.getState();
      const next = chosen(selected, changes);
      if (next) select(next, selectedEdges);
    },
    [editor],
  );
  const onEdgesChange = useCallback(
    (changes: EdgeChange<FlowEdge>[]) => {
      const { selected, selectedEdges, select } = editor.getState();
      const next = chosen(selectedEdges, changes);
      if (next) select(selected, next);
    },
    [editor],
  );
  return { props: { nodes, edges, onNodesChange, onEdgesChange } };
}

/** The chosen ids after React Flow's changes; null where they are the same. */
function chosen(before: string[], changes: (NodeChange | EdgeChange)[]): string[] | null {
  const next = new Set(before);
  for (const change of changes) {
    if (change.type !== "select") continue;
    if (change.selected) next.add(change.id);
    else next.delete(change.id);
  }
  return next.size === before.length && before.every((id) => next.has(id)) ? null : [...next];
}

/** Nodes of a level; one of which nothing changed keeps its object, so that it is not drawn again. */
function flowNodes(before: FlowNode[], level: Graph, state: EditorState): FlowNode[] {
  const old = new Map(before.map((node) => [node.id, node]));
  const selected = new Set(state.selected);
  const entry = state.focused ?? state.selected[0] ?? level.nodes[0]?.id;
  return level.nodes.map((node) => {
    const known = old.get(node.id);
    const more = {
      selected: selected.has(node.id),
      ariaLabel: spokenNode(node, ownerOf(level, node), state.states.get(node.id)),
    };
    const tabIndex = node.id === entry ? 0 : -1;
    const same =
      known?.data.node === node &&
      known.data.direction === state.direction &&
      known.selected === more.selected &&
      known.ariaLabel === more.ariaLabel &&
      (known.dragging || samePlace(known.position, node.position)) &&
      known.domAttributes?.tabIndex === tabIndex;
    if (same) return known;
    const fresh = toFlowNode(node, state.direction, { ...more, domAttributes: { tabIndex } });
    if (!known) return fresh;
    // A node under the pointer stays there until it is let go.
    return { ...known, ...fresh, position: known.dragging ? known.position : fresh.position };
  });
}

function samePlace(left: { x: number; y: number }, right: { x: number; y: number }): boolean {
  return left.x === right.x && left.y === right.y;
}

function flowEdges(level: Graph, selected: string[]): FlowEdge[] {
  const names = new Map(level.nodes.map((node) => [node.id, node.name]));
  return drawable(level).map((edge) =>
    toFlowEdge(edge, {
      selected: selected.includes(edge.id),
      focusable: false,
      // Its plus is a button, which an image could not hold.
      ariaRole: "group",
      ariaLabel: `From ${names.get(edge.source)} to ${names.get(edge.target)}`,
    }),
  );
}

/** Shows the next nodes: those that stood elsewhere glide to their new places. Returns what stops that. */
function moved(
  before: FlowNode[],
  next: FlowNode[],
  show: (nodes: FlowNode[]) => void,
): (() => void) | undefined {
  const from = new Map(before.map((node) => [node.id, node.position]));
  const far = next.filter(({ id, position }) => {
    const old = from.get(id);
    return old && !samePlace(old, position);
  });
  const still = window.matchMedia?.("(prefers-reduced-motion: reduce)").matches;
  if (!far.length || still || next.length > ANIMATED_NODES) {
    if (next.length !== before.length || next.some((node, index) => node !== before[index])) show(next);
    return undefined;
  }
  const start = performance.now();
  let frame = 0;
  const step = (now: number) => {
    const part = Math.min(1, Math.max(0, (now - start) / MOVE_MS));
    const eased = 1 - (1 - part) ** 3;
    show(next.map((node) => between(node, from.get(node.id), eased)));
    if (part < 1) frame = requestAnimationFrame(step);
  };
  step(start);
  return () => cancelAnimationFrame(frame);
}

function between(node: FlowNode, from: { x: number; y: number } | undefined, part: number): FlowNode {
  if (!from || part === 1 || samePlace(from, node.position)) return node;
  const { x, y } = node.position;
  return { ...node, position: { x: from.x + (x - from.x) * part, y: from.y + (y - from.y) * part } };
}

/** Brings a node into view where it is outside of it. */
export function useReveal(): (id: string) => void {
  const { getInternalNode, getViewport, setCenter } = useReactFlow();
  return useCallback(
    (id) => {
      const node = getInternalNode(id);
      const pane = document.querySelector(".editor .react-flow")?.getBoundingClientRect();
      if (!node || !pane) return;
      const { x, y, zoom } = getViewport();
      const place = node.internals.positionAbsolute;
      const [width, height] = [node.measured.width ?? 0, node.measured.height ?? 0];
      const [left, top] = [place.x * zoom + x, place.y * zoom + y];
      const inside =
        left >= 0 && top >= 0 && left + width * zoom <= pane.width && top + height * zoom <= pane.height;
      if (!inside || zoom < 0.4) {
        void setCenter(place.x + width / 2, place.y + height / 2, {
          zoom: Math.max(zoom, 0.7),
          duration: 200,
        });
      }
    },
    [getInternalNode, getViewport, setCenter],
  );
}
