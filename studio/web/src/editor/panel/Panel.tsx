import { ChevronDown, ChevronUp, X } from "lucide-react";
import { useState } from "react";
import { Button } from "../../ui/Button";
import { counted } from "../../ui/format";
import { ownerOf, type Palette } from "../../graph/model";
import { useEditor, useEditorStore } from "../context";
import { levelOf } from "../store";
import { GraphPanel } from "./GraphPanel";
import { NodePanel } from "./NodePanel";

/** Beside the canvas (below it on a phone): the chosen node's arguments, else the whole graph. */
export function Panel({
  palette,
  sheet,
  open,
  onClose,
}: {
  palette: Palette | undefined;
  sheet: boolean;
  open: boolean;
  onClose: () => void;
}) {
  const node = useEditor((state) =>
    state.selected.length === 1 ? levelOf(state).nodes.find(({ id }) => id === state.selected[0]) : undefined,
  );
  const owner = useEditor((state) => (node ? ownerOf(levelOf(state), node) : undefined));
  const number = useEditor((state) => state.selected.length);
  const [tall, setTall] = useState(false);
  if (sheet && !open) return null;
  const title = node && owner ? owner.layer : number > 1 ? counted(number, "node") : "The graph";
  return (
    <aside
      className={`panel ${sheet ? "panel-sheet" : ""} ${tall ? "panel-tall" : ""}`}
      aria-label="Details"
      data-tour="panel"
    >
      <header className="row spread panel-head">
        <h2>{title}</h2>
        {sheet && (
          <span className="row nowrap">
            <Button look="plain" aria-label={tall ? "Smaller" : "Larger"} onClick={() => setTall(!tall)}>
              {tall ? <ChevronDown size={18} aria-hidden /> : <ChevronUp size={18} aria-hidden />}
            </Button>
            <Button look="plain" aria-label="Close the details" onClick={onClose}>
              <X size={18} aria-hidden />
            </Button>
          </span>
        )}
      </header>
      {node && <NodePanel key={node.id} node={node} palette={palette} />}
      {!node && number > 1 && <Several />}
      {!node && number < 2 && <GraphPanel />}
    </aside>
  );
}

function Several() {
  const editor = useEditorStore();
  const selected = useEditor((state) => state.selected);
  const level = useEditor(levelOf);
  return (
    <div className="stack">
      <p className="quiet">
        A layer that you add now takes the tensors of all of them, where it takes several.
      </p>
      <ul className="plain-list">
        {level.nodes
          .filter((node) => selected.includes(node.id))
          .map((node) => (
            <li key={node.id}>
              <button
                type="button"
                className="link-button"
                onClick={() => editor.getState().select([node.id])}
              >
                {node.name}
              </button>{" "}
              <span className="quiet">{node.layer}</span>
            </li>
          ))}
      </ul>
    </div>
  );
}
