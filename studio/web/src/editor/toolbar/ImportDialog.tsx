import { useReactFlow } from "@xyflow/react";
import { useState } from "react";
import { client, type Message } from "../../api/client";
import { Button } from "../../ui/Button";
import { ErrorNote } from "../../ui/ErrorNote";
import { Modal } from "../../ui/Modal";
import { Spinner } from "../../ui/Spinner";
import { cutOut, pasted } from "../changes/copying";
import { useEditorStore } from "../context";
import { levelOf, turned } from "../store";
import { FIT_GLIDING, unplaced, withLayout } from "../../graph/layout";

/** Opens a model from Keras' JSON or a `.keras` archive: it replaces the drawing, or comes beside it. Undo takes it back. */
export function ImportDialog({ open, onClose }: { open: boolean; onClose: (done: boolean) => void }) {
  return (
    <Modal open={open} title="Import a model" onClose={() => onClose(false)}>
      {open && <ImportForm onDone={() => onClose(true)} />}
    </Modal>
  );
}

function ImportForm({ onDone }: { onDone: () => void }) {
  const [found, setFound] = useState<Message["Imported"] | null>(null);
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const read = async (file: File) => {
    setBusy(true);
    setError(null);
    try {
      setFound(await imported(file));
    } catch (reason) {
      setError(reason);
    } finally {
      setBusy(false);
    }
  };
  if (found) return <Found found={found} onDone={onDone} />;
  return (
    <div className="stack">
      <p>
        A model that Keras saved: JSON (<code>model.to_json()</code>, also one exported here) or a{" "}
        <code>.keras</code> archive. Its weights are not read, and no code in it is run.
      </p>
      <input
        type="file"
        aria-label="File of the model"
        accept=".json,.keras,application/json"
        onChange={({ target }) => target.files?.[0] && void read(target.files[0])}
      />
      {busy && <Spinner label="Reading the model" />}
      <ErrorNote error={error} />
    </div>
  );
}

async function imported(file: File): Promise<Message["Imported"]> {
  const { data } = await client.POST("/api/graphs/import", {
    body: { file: file as unknown as string },
    bodySerializer: () => {
      const form = new FormData();
      form.append("file", file);
      return form;
    },
  });
  return data!;
}

function Found({ found, onDone }: { found: Message["Imported"]; onDone: () => void }) {
  const editor = useEditorStore();
  const empty = levelOf(editor.getState()).nodes.length === 0;
  const { fitView } = useReactFlow();
  const done = () => {
    onDone();
    setTimeout(() => void fitView(FIT_GLIDING), 320);
  };
  const replace = () => {
    const { direction, open, edit } = editor.getState();
    open([]);
    const placed = unplaced(found.graph) ? withLayout(found.graph, direction) : found.graph;
    edit((graph) => ({ ...placed, dataset: placed.dataset ?? graph.dataset ?? null }), { select: [] });
    turned(editor);
    done();
  };
  const beside = () => {
    const { edit, direction } = editor.getState();
    const placed = unplaced(found.graph) ? withLayout(found.graph, direction) : found.graph;
    const level = levelOf(editor.getState());
    const right = Math.max(0, ...level.nodes.map((node) => node.position.x)) + 280;
    const piece = cutOut(
      placed,
      placed.nodes.map((node) => node.id),
    );
    const { graph, ids } = pasted(level, piece, { x: right, y: 0 });
    edit(() => graph, { select: ids });
    done();
  };
  return (
    <div className="stack">
      <p>
        {found.graph.name}: {found.graph.nodes.length} layers.
      </p>
      {found.notes.length > 0 && (
        <ul>
          {found.notes.map((note) => (
            <li key={note}>{note}</li>
          ))}
        </ul>
      )}
      <div className="row">
        <Button look="primary" onClick={replace}>
          {empty ? "Open it" : "Replace the drawing"}
        </Button>
        {!empty && <Button onClick={beside}>Put it beside the drawing</Button>}
      </div>
    </div>
  );
}
