import { type NodeProps, NodeToolbar, Position, useUpdateNodeInternals } from "@xyflow/react";
import { Copy, Plus, Spline, Trash2 } from "lucide-react";
import { memo, useContext, useEffect, useRef } from "react";
import type { FlowNode } from "../graph/flow";
import { Handles } from "../graph/Handles";
import { LayerCard } from "../graph/LayerCard";
import { inputsOf, type NodeState, outputCount, ownerOf } from "../graph/model";
import { duplicateChosen, removeChosen } from "./actions";
import { useEditor, useEditorStore, useLayers } from "./context";
import { DialogsContext } from "./dialogs";
import { FixButton } from "./FixButton";
import { levelOf } from "./store";

/** A node of the editor's canvas: it is drawn again only where its own layer, its report or its choice changes. */
export const LayerNode = memo(function LayerNode({ id, data, selected }: NodeProps<FlowNode>) {
  const { node, direction } = data;
  const layers = useLayers();
  const owner = useEditor((state) => ownerOf(levelOf(state), node));
  const state = useEditor((state) => state.states.get(id));
  const layer = layers.get(owner.layer);
  const outputs = useEditor((state) => outputCount(levelOf(state), node, state.states.get(id)?.report));
  // A text compares by value: a new list of the same inputs draws nothing.
  const inputs = useEditor((state) =>
    JSON.stringify(inputsOf(levelOf(state), node.shares ? owner : node, layer)),
  );
  const update = useUpdateNodeInternals();
  const mounted = useRef(false);
  useEffect(() => {
    // React Flow measures a new node by itself, together with the others.
    if (mounted.current) update(id);
    mounted.current = true;
  }, [update, id, inputs, outputs, direction]);
  const alone = useEditor((state) => selected && state.selected.length === 1 && !state.several);
  return (
    <>
      {alone && <Quick id={id} locked={node.locked} />}
      <LayerCard
        node={node}
        owner={owner}
        layer={layer}
        state={state}
        className={selected ? "layer-selected" : ""}
      >
        <Problems state={state} />
      </LayerCard>
      <Handles inputs={JSON.parse(inputs)} outputs={outputs} direction={direction} connectable />
    </>
  );
});

function Problems({ state }: { state: NodeState | undefined }) {
  const [first, ...others] = state?.problems ?? [];
  if (!first) return null;
  return (
    <div className={`layer-problem layer-problem-${first.severity}`}>
      <span title={first.message}>{first.message}</span>
      {others.length > 0 && <span className="quiet">and {others.length} more</span>}
      {first.fix && <FixButton fix={first.fix} />}
    </div>
  );
}

/** What a finger does with the one chosen node. */
function Quick({ id, locked }: { id: string; locked: boolean }) {
  const editor = useEditorStore();
  const { search, connectFrom } = useContext(DialogsContext);
  const actions = [
    { label: "Add a layer after it", Icon: Plus, act: () => search({ from: id }) },
    { label: "Connect it to …", Icon: Spline, act: () => connectFrom(id) },
    { label: "Duplicate", Icon: Copy, act: () => duplicateChosen(editor), off: locked },
    { label: "Delete", Icon: Trash2, act: () => removeChosen(editor), off: locked },
  ];
  return (
    <NodeToolbar position={Position.Top} offset={14} className="quick">
      {actions
        .filter(({ off }) => !off)
        .map(({ label, Icon, act }) => (
          <button key={label} type="button" aria-label={label} title={label} onClick={act}>
            <Icon size={16} aria-hidden />
          </button>
        ))}
    </NodeToolbar>
  );
}
