import { Background, Controls, type NodeProps, ReactFlow, ReactFlowProvider } from "@xyflow/react";
import "@xyflow/react/dist/style.css";
import { createContext, memo, useContext, useMemo } from "react";
import type { Message } from "../api/client";
import { spokenNode } from "./describing";
import { drawable, type FlowNode, toFlowEdge, toFlowNode } from "./flow";
import "./graph.css";
import { Handles } from "./Handles";
import { LayerCard } from "./LayerCard";
import { drawnDirection, unplaced, withLayout } from "./layout";
import { type Graph, inputsOf, outputCount, ownerOf, type PaletteLayer } from "./model";
import { usePalette } from "./palette";

type State = "same" | "changed" | "added" | "removed";

const SIGNS: Record<State, string> = { same: "", changed: "Changed", added: "Added", removed: "Removed" };

interface Shown {
  graph: Graph;
  states: Record<string, State>;
  layers: Map<string, PaletteLayer>;
}
const Showing = createContext<Shown | null>(null);

/**
 * A graph that is looked at, not edited: it fills its container, which needs a height.
 *
 * `states` (by id of the nodes) lights what differs, each with a word on the node and in a legend. A graph without positions is
 * laid out.
 */
export function GraphView({
  graph,
  states,
  label,
}: {
  graph: Message["Graph"];
  states?: Record<string, State>;
  label: string;
}) {
  const { layers } = usePalette();
  const placed = useMemo(() => (unplaced(graph) ? withLayout(graph, "TB") : graph), [graph]);
  const shown = useMemo(() => ({ graph: placed, states: states ?? {}, layers }), [placed, states, layers]);
  const nodes = useMemo(() => flowNodes(placed, states), [placed, states]);
  const lit = useMemo(() => litNodes(placed, states), [placed, states]);
  const edges = useMemo(
    () => drawable(placed).map((edge) => toFlowEdge(edge, { focusable: false })),
    [placed],
  );
  return (
    <section className="graph-view" aria-label={label}>
      <ReactFlowProvider>
        <Showing.Provider value={shown}>
          <ReactFlow
            nodes={nodes}
            edges={edges}
            nodeTypes={NODE_TYPES}
            nodesDraggable={false}
            nodesConnectable={false}
            elementsSelectable={false}
            disableKeyboardA11y
            minZoom={0.1}
            fitView
            fitViewOptions={{ padding: 0.1, maxZoom: 1, nodes: lit.length > 0 ? lit : undefined }}
            // It stands in a page that is scrolled: the buttons and two fingers zoom.
            zoomOnScroll={false}
            preventScrolling={false}
            colorMode="system"
          >
            <Background />
            <Controls showInteractive={false} />
          </ReactFlow>
        </Showing.Provider>
      </ReactFlowProvider>
      {states && <Legend states={states} />}
    </section>
  );
}

/** What is shown first: the nodes that differ, in a graph that is too large to be read as a whole. */
function litNodes(graph: Graph, states: Record<string, State> | undefined): { id: string }[] {
  return graph.nodes.filter(({ id }) => states?.[id] && states[id] !== "same").map(({ id }) => ({ id }));
}

function flowNodes(graph: Graph, states: Record<string, State> | undefined): FlowNode[] {
  const direction = drawnDirection(graph) ?? "TB";
  return graph.nodes.map((node) => {
    const sign = SIGNS[states?.[node.id] ?? "same"];
    const spoken = spokenNode(node, ownerOf(graph, node), undefined);
    return toFlowNode(node, direction, { ariaLabel: sign ? `${spoken}, ${sign.toLowerCase()}` : spoken });
  });
}

const ViewNode = memo(function ViewNode({ id, data }: NodeProps<FlowNode>) {
  const { graph, states, layers } = useContext(Showing)!;
  const { node, direction } = data;
  const owner = ownerOf(graph, node);
  const layer = layers.get(owner.layer);
  const state = states[id];
  return (
    <>
      <LayerCard node={node} owner={owner} layer={layer} className={state ? `layer-${state}` : ""}>
        {state && SIGNS[state] && <span className="layer-state">{SIGNS[state]}</span>}
      </LayerCard>
      <Handles
        inputs={inputsOf(graph, node, layer)}
        outputs={outputCount(graph, node)}
        direction={direction}
        connectable={false}
      />
    </>
  );
});
const NODE_TYPES = { layer: ViewNode };

function Legend({ states }: { states: Record<string, State> }) {
  const found = (["added", "removed", "changed", "same"] as const)
    .map((state) => ({ state, number: Object.values(states).filter((other) => other === state).length }))
    .filter(({ number }) => number > 0);
  return (
    <ul className="graph-legend" aria-label="What the colours mean">
      {found.map(({ state, number }) => (
        <li key={state}>
          <span className={`graph-swatch layer-${state}`} aria-hidden />
          {SIGNS[state] || "The same"}: {number}
        </li>
      ))}
    </ul>
  );
}
