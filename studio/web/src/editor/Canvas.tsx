import {
  Background,
  ConnectionMode,
  Controls,
  type FinalConnectionState,
  MiniMap,
  ReactFlow,
  SelectionMode,
  useReactFlow,
  useStoreApi,
} from "@xyflow/react";
import "@xyflow/react/dist/style.css";
import { type DragEvent, type MouseEvent, useCallback, useEffect } from "react";
import { groupColour } from "../graph/describing";
import { argumentOf, type FlowNode, outputOf } from "../graph/flow";
import "../graph/graph.css";
import { FIT, GRID, NODE_SIZE } from "../graph/layout";
import { ownerOf } from "../graph/model";
import { addLayer, connect, connectNodes, openNested, type Spot } from "./actions";
import { withPositions } from "./changes/arguments";
import { useEditor, useEditorStore, useLayers } from "./context";
import { InsertEdge } from "./InsertEdge";
import { LayerNode } from "./LayerNode";
import { levelOf } from "./store";
import { useFlow } from "./useFlow";

const NODE_TYPES = { layer: LayerNode };
const EDGE_TYPES = { default: InsertEdge };
/** A graph of fewer nodes is seen as a whole anyhow. */
const OVERVIEW_NODES = 10;
const FAR_ZOOM = 0.3;
const MEASURED_MS = 80;
/** The type of what is dragged from the palette: the name of a layer. */
export const DRAGGED = "application/x-slipway-layer";

/** Where the graph of the open level is drawn; `onSearch` opens the search for a layer to add. */
export function Canvas({ onSearch, narrow }: { onSearch: (spot: Spot) => void; narrow: boolean }) {
  const editor = useEditorStore();
  const layers = useLayers();
  const flow = useFlow();
  const { screenToFlowPosition } = useReactFlow();
  useSeveral();
  useWholeView();
  const placeOf = useCallback(
    (event: { clientX: number; clientY: number }) => {
      const { x, y } = screenToFlowPosition({ x: event.clientX, y: event.clientY });
      return { x: x - NODE_SIZE.width / 2, y: y - NODE_SIZE.height / 2 };
    },
    [screenToFlowPosition],
  );
  const drop = (event: DragEvent) => {
    const layer = layers.get(event.dataTransfer.getData(DRAGGED));
    if (!layer) return;
    event.preventDefault();
    addLayer(editor, layers, layer, { at: placeOf(event), edge: edgeUnder(event) });
  };
  const search = (event: MouseEvent) => {
    if ((event.target as HTMLElement).classList.contains("react-flow__pane"))
      onSearch({ at: placeOf(event) });
  };
  const ended = (event: globalThis.MouseEvent | TouchEvent, state: FinalConnectionState) => {
    const point = "changedTouches" in event ? event.changedTouches[0]! : event;
    const spot = endOfWire(editor, layers, state, document.elementFromPoint(point.clientX, point.clientY));
    if (spot) onSearch({ ...spot, at: placeOf(point) });
  };
  return (
    <ReactFlow
      {...flow.props}
      nodeTypes={NODE_TYPES}
      edgeTypes={EDGE_TYPES}
      onConnect={({ source, target, sourceHandle, targetHandle }) =>
        connect(editor, layers, {
          source,
          target,
          output: outputOf(sourceHandle),
          argument: argumentOf(targetHandle),
        })
      }
      onConnectEnd={ended}
      onDoubleClick={search}
      onDrop={drop}
      onDragOver={(event) => event.preventDefault()}
      onNodeDoubleClick={(_, node) => openNested(editor, node.id)}
      onNodeDragStop={(_, __, dragged) => {
        const places = new Map(dragged.map((node) => [node.id, node.position]));
        editor.getState().edit((graph) => withPositions(graph, places));
      }}
      onViewportChange={({ zoom }) => seenFrom(zoom)}
      connectionMode={ConnectionMode.Strict}
      connectionRadius={32}
      snapToGrid
      snapGrid={[GRID, GRID]}
      selectionMode={SelectionMode.Partial}
      multiSelectionKeyCode={["Meta", "Control", "Shift"]}
      deleteKeyCode={null}
      zoomOnDoubleClick={false}
      disableKeyboardA11y
      minZoom={0.1}
      maxZoom={2}
      fitView
      fitViewOptions={FIT}
      colorMode="system"
    >
      <Background gap={24} />
      <Controls showInteractive={false} position="bottom-left" />
      {!narrow && <Overview />}
    </ReactFlow>
  );
}

/** Lets a tap add to what is chosen while that is asked for, as a key that is held does. */
function useSeveral(): void {
  const several = useEditor((state) => state.several);
  const flow = useStoreApi();
  useEffect(() => flow.setState({ multiSelectionActive: several }), [flow, several]);
}

/** Shows all of a level when it is opened: its nodes have sizes a moment after the ones before are gone. */
function useWholeView(): void {
  const { fitView } = useReactFlow();
  useEffect(() => {
    const timer = setTimeout(() => void fitView(FIT), MEASURED_MS);
    return () => clearTimeout(timer);
  }, [fitView]);
}

/** From far away nodes are colours: words that nobody can read at that size would make moving the view slow. */
function seenFrom(zoom: number): void {
  document.querySelector(".editor .react-flow")?.classList.toggle("far", zoom < FAR_ZOOM);
}

function edgeUnder(event: DragEvent): string | undefined {
  const found = document.elementFromPoint(event.clientX, event.clientY)?.closest(".react-flow__edge");
  return found?.getAttribute("data-id") ?? undefined;
}

/** What a wire that ended on no handle means: on a node, connect it; on nothing, a layer to add at its end. */
function endOfWire(
  editor: ReturnType<typeof useEditorStore>,
  layers: ReturnType<typeof useLayers>,
  { fromNode, fromHandle, toHandle, isValid }: FinalConnectionState,
  under: Element | null,
): Spot | null {
  if (!fromNode || !fromHandle || (toHandle && isValid)) return null;
  const node = under?.closest(".react-flow__node")?.getAttribute("data-id");
  const forward = fromHandle.type === "source";
  if (node && node !== fromNode.id) {
    const [source, target] = forward ? [fromNode.id, node] : [node, fromNode.id];
    const problem = connectNodes(editor, layers, source, target);
    if (problem) editor.setState({ notice: problem });
    return null;
  }
  return forward && under?.classList.contains("react-flow__pane") ? { from: fromNode.id } : null;
}

function Overview() {
  const layers = useLayers();
  const level = useEditor(levelOf);
  const small = level.nodes.length < OVERVIEW_NODES;
  const colour = useCallback(
    ({ data }: FlowNode) => groupColour(layers.get(ownerOf(level, data.node).layer)?.group),
    [layers, level],
  );
  if (small) return null;
  return (
    <MiniMap<FlowNode>
      pannable
      zoomable
      nodeColor={colour}
      ariaLabel="Overview of the graph"
      position="bottom-right"
      style={{ width: 148, height: 100 }}
    />
  );
}
