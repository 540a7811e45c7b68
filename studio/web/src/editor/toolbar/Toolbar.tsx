import { FolderInput, Keyboard, Network, Play, Redo2, Undo2 } from "lucide-react";
import { useStore } from "zustand";
import { Button } from "../../ui/Button";
import { useEditor, useEditorStore } from "../context";
import { untrainable } from "../reports";
import { travel } from "../store";
import { ExportMenu } from "./ExportMenu";
import { NameInput } from "./NameInput";
import { SaveState } from "./SaveState";

const ICON = { size: 17, "aria-hidden": true } as const;

/** What can be done with the whole drawing. */
export function Toolbar({
  onConflict,
  onArrange,
  onImport,
  onShortcuts,
  onTrain,
}: {
  onConflict: () => void;
  onArrange: () => void;
  onImport: () => void;
  onShortcuts: () => void;
  onTrain: () => void;
}) {
  const editor = useEditorStore();
  const { past, future } = useSteps();
  const reason = useEditor((state) => untrainable(state.report, state.graph.dataset));
  return (
    <div className="toolbar" role="toolbar" aria-label="Drawing">
      <div className="toolbar-name">
        <NameInput />
        <SaveState onConflict={onConflict} />
      </div>
      <div className="toolbar-actions">
        <Button
          look="plain"
          aria-label="Undo"
          title="Undo (Ctrl+Z)"
          disabled={!past}
          onClick={() => travel(editor, "undo")}
        >
          <Undo2 {...ICON} />
        </Button>
        <Button
          look="plain"
          aria-label="Redo"
          title="Redo (Ctrl+Y)"
          disabled={!future}
          onClick={() => travel(editor, "redo")}
        >
          <Redo2 {...ICON} />
        </Button>
        <Button look="plain" aria-label="Arrange" title="Arrange the nodes (L)" onClick={onArrange}>
          <Network {...ICON} /> <span className="wide-only">Arrange</span>
        </Button>
        <Button look="plain" aria-label="Import" title="Open a model from a file" onClick={onImport}>
          <FolderInput {...ICON} /> <span className="wide-only">Import</span>
        </Button>
        <ExportMenu />
        <Button
          look="plain"
          className="fine-only"
          aria-label="Keys"
          title="What the keys do (?)"
          onClick={onShortcuts}
        >
          <Keyboard {...ICON} />
        </Button>
        <TrainButton reason={reason} onTrain={onTrain} />
      </div>
    </div>
  );
}

/** The button stays reachable while it cannot be pressed, so that everybody can read why. */
function TrainButton({ reason, onTrain }: { reason: string | null; onTrain: () => void }) {
  return (
    <>
      <Button
        look="primary"
        className="train-button"
        aria-disabled={reason !== null}
        aria-describedby="why-not-train"
        title={reason ?? "Train this graph"}
        onClick={() => reason === null && onTrain()}
        data-tour="train"
      >
        <Play {...ICON} /> Train
      </Button>
      <span id="why-not-train" className="visually-hidden">
        {reason}
      </span>
    </>
  );
}

function useSteps(): { past: boolean; future: boolean } {
  const editor = useEditorStore();
  const past = useStore(editor.temporal, (state) => state.pastStates.length > 0);
  const future = useStore(editor.temporal, (state) => state.futureStates.length > 0);
  return { past, future };
}
