import { Wrench } from "lucide-react";
import type { Fix } from "../graph/model";
import { withFix } from "./changes/arguments";
import { useEditorStore, useLayers } from "./context";
import { levelOf } from "./store";

/** Mends a problem as the check proposes; one step of undo. */
export function FixButton({ fix }: { fix: Fix }) {
  const editor = useEditorStore();
  const layers = useLayers();
  const mend = () => {
    const state = editor.getState();
    const next = withFix(levelOf(state), fix, layers, state.direction);
    if (next) state.edit(() => next);
    state.say(next ? `Done: ${fix.label}.` : "The graph changed meanwhile; look at the problem again.");
  };
  return (
    <button
      type="button"
      className="fix-button nodrag"
      onClick={(event) => {
        // The node under it is not meant.
        event.stopPropagation();
        mend();
      }}
    >
      <Wrench size={13} aria-hidden /> {fix.label}
    </button>
  );
}
