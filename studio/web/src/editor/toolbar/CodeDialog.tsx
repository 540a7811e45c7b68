import { Check, Copy, Download } from "lucide-react";
import { useState } from "react";
import type { Message } from "../../api/client";
import { Button } from "../../ui/Button";
import { Modal } from "../../ui/Modal";

/** A text that was made of the graph: to read, copy or save. */
export function CodeDialog({
  exported,
  onClose,
  onSave,
}: {
  exported: Message["Exported"] | null;
  onClose: () => void;
  onSave: (exported: Message["Exported"]) => void;
}) {
  return (
    <Modal open={exported !== null} title={exported?.file ?? ""} onClose={onClose}>
      {exported && (
        <div className="stack">
          <div className="row">
            <CopyButton text={exported.text} />
            <Button onClick={() => onSave(exported)}>
              <Download size={16} aria-hidden /> Save
            </Button>
          </div>
          {/* A region that scrolls must be reachable by the keyboard. */}
          {/* eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex */}
          <pre className="code" tabIndex={0} role="region" aria-label={exported.file}>
            {exported.text}
          </pre>
        </div>
      )}
    </Modal>
  );
}

function CopyButton({ text }: { text: string }) {
  const [state, setState] = useState<"ready" | "copied" | "failed">("ready");
  const copy = () =>
    // Outside of localhost and https there is no clipboard for pages.
    Promise.resolve(navigator.clipboard?.writeText(text) ?? Promise.reject(new Error("no clipboard"))).then(
      () => setState("copied"),
      () => setState("failed"),
    );
  return (
    <Button look="primary" onClick={() => void copy()}>
      {state === "copied" ? <Check size={16} aria-hidden /> : <Copy size={16} aria-hidden />}
      {state === "ready" ? "Copy" : state === "copied" ? "Copied" : "Not allowed here: select the text"}
    </Button>
  );
}
