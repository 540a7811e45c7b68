import { Check, CloudOff, CloudUpload, TriangleAlert } from "lucide-react";
import { useEditor } from "../context";
import type { Saving } from "../store";

const SHOWN: Record<Saving, { words: string; long: string; Icon: typeof Check }> = {
  saved: { words: "Saved", long: "All changes are saved", Icon: Check },
  waiting: { words: "Saving", long: "Changes are saved in a moment", Icon: CloudUpload },
  saving: { words: "Saving", long: "Changes are being saved", Icon: CloudUpload },
  away: {
    words: "Not saved yet",
    long: "The studio does not answer; changes are kept in this browser",
    Icon: CloudOff,
  },
  conflict: { words: "Not saved", long: "Somebody else saved this drawing", Icon: TriangleAlert },
};

/** Whether what is drawn is saved; where somebody else saved, a button that asks how to go on. */
export function SaveState({ onConflict }: { onConflict: () => void }) {
  const saving = useEditor((state) => state.saving);
  const { words, long, Icon } = SHOWN[saving];
  if (saving === "conflict") {
    return (
      <button
        type="button"
        className="link-button save-state save-conflict"
        data-testid="save-state"
        onClick={onConflict}
      >
        <Icon size={14} aria-hidden /> {long}
      </button>
    );
  }
  return (
    <span className={`save-state save-${saving}`} title={long} data-testid="save-state">
      <Icon size={14} aria-hidden /> {words}
    </span>
  );
}
