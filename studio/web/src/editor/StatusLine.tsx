import { CircleAlert, CircleCheck, LoaderCircle } from "lucide-react";
import { useEffect } from "react";
import { compact } from "../graph/describing";
import { counted } from "../ui/format";
import { useEditor, useEditorStore } from "./context";

const NOTICE_MS = 5_000;

/** On the canvas: how the check stands; for a screen reader also what was just done. */
export function StatusLine({ onOpen }: { onOpen: () => void }) {
  const said = useEditor((state) => state.said);
  return (
    <>
      <Verdict onOpen={onOpen} />
      <Notice />
      <div className="visually-hidden" role="status" aria-live="polite" data-testid="said">
        {said}
      </div>
    </>
  );
}

/** Errors, warnings and parameters in few words; a click shows them all. */
function Verdict({ onOpen }: { onOpen: () => void }) {
  const editor = useEditorStore();
  const report = useEditor((state) => state.report);
  const checking = useEditor((state) => state.checking);
  const failed = useEditor((state) => state.checkError);
  const errors = report?.problems.filter((problem) => problem.severity === "error").length ?? 0;
  const warnings = (report?.problems.length ?? 0) - errors;
  const { words, tone } = verdict(checking, failed, errors, warnings, report?.parameters);
  const Icon = tone === "busy" ? LoaderCircle : tone === "good" ? CircleCheck : CircleAlert;
  return (
    <button
      type="button"
      className={`verdict verdict-${tone}`}
      data-testid="verdict"
      onClick={() => {
        editor.getState().select([]);
        onOpen();
      }}
    >
      <Icon size={16} aria-hidden /> {words}
    </button>
  );
}

function verdict(
  checking: string,
  failed: string | null,
  errors: number,
  warnings: number,
  parameters?: number,
) {
  if (checking === "loading") return { words: "Keras is loading; the check follows", tone: "busy" };
  if (checking === "away") return { words: "The studio does not answer; drawing goes on", tone: "bad" };
  if (failed) return { words: "The check failed", tone: "bad" };
  if (parameters === undefined) return { words: "Checking", tone: "busy" };
  if (errors) return { words: counted(errors, "error"), tone: "bad" };
  const noted = warnings ? `, ${counted(warnings, "warning")}` : "";
  return { words: `${compact(parameters)} parameters${noted}`, tone: checking === "busy" ? "busy" : "good" };
}

function Notice() {
  const editor = useEditorStore();
  const notice = useEditor((state) => state.notice);
  useEffect(() => {
    if (!notice) return;
    const timer = setTimeout(() => editor.setState({ notice: null }), NOTICE_MS);
    return () => clearTimeout(timer);
  }, [editor, notice]);
  return notice ? <p className="canvas-notice">{notice}</p> : null;
}
