import { useState } from "react";
import { client, type Message } from "../api/client";
import { Button } from "../ui/Button";
import { ErrorNote } from "../ui/ErrorNote";
import { Modal } from "../ui/Modal";
import { useEditorStore } from "./context";

/** Two people saved one drawing: the reader keeps theirs as a copy, or goes on with the other one's. */
export function ConflictDialog({
  theirs,
  onCopied,
  onTake,
  onLater,
}: {
  theirs: Message["Document"] | null;
  onCopied: (id: string) => void;
  onTake: (theirs: Message["Document"]) => void;
  onLater: () => void;
}) {
  const editor = useEditorStore();
  const [error, setError] = useState<unknown>(null);
  const keep = async () => {
    const { name, graph } = editor.getState();
    try {
      const { data } = await client.POST("/api/documents", { body: { name: `${name} (my copy)`, graph } });
      onCopied(data!.id);
    } catch (reason) {
      setError(reason);
    }
  };
  return (
    <Modal open={theirs !== null} title="Somebody else saved this drawing" onClose={onLater}>
      {theirs && (
        <div className="stack">
          <p>
            Revision {theirs.revision} of “{theirs.name}” was saved{" "}
            {new Date(theirs.modified).toLocaleString()}, from another window or by another person, with{" "}
            {theirs.graph.nodes.length} layers; yours has {editor.getState().graph.nodes.length}. Nothing is
            lost: choose how to go on.
          </p>
          <div className="row">
            <Button look="primary" onClick={() => void keep()}>
              Keep mine as a copy
            </Button>
            <Button onClick={() => onTake(theirs)}>Take theirs</Button>
          </div>
          <p className="quiet">
            “Take theirs” drops what you changed since your last save; undo brings it back.
          </p>
          <ErrorNote error={error} />
        </div>
      )}
    </Modal>
  );
}
