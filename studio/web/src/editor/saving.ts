import { client, type Message, queries, ServerError } from "../api/client";
import { dropDraft, keepDraft } from "./drafts";
import type { Editor, EditorState } from "./store";

const PAUSE_MS = 800;
const RETRY_MS = 3_000;

export interface Saver {
  /** Saves at once what waits; true where all is saved then. */
  now: () => Promise<boolean>;
  /** Goes on from the revision that somebody else saved, and that is shown now. */
  from: (revision: number) => void;
  stop: () => void;
}

/**
 * Saves the document a moment after each change, and keeps a copy in the browser until it is saved. Where somebody else saved
 * meanwhile, `onConflict` gets theirs, and nothing is saved until `from` is called.
 */
export function keepSaved(editor: Editor, onConflict: (theirs: Message["Document"]) => void): Saver {
  let timer: number | undefined;
  let running: Promise<boolean> | null = null;
  let kept = savable(editor.getState());

  const changed = (state: EditorState) => state.graph !== kept.graph || state.name !== kept.name;
  const later = (milliseconds: number) => {
    window.clearTimeout(timer);
    timer = window.setTimeout(() => void now(), milliseconds);
  };

  async function put(): Promise<boolean> {
    const state = editor.getState();
    const sent = savable(state);
    editor.setState({ saving: "saving" });
    try {
      const answer = await client.PUT("/api/documents/{id}", {
        params: { path: { id: state.id } },
        body: { ...sent, revision: state.revision },
      });
      kept = sent;
      editor.setState({ revision: answer.data!.revision, saving: "saved" });
      return settled();
    } catch (error) {
      return refused(error);
    }
  }

  function settled(): boolean {
    const state = editor.getState();
    void queries.invalidateQueries({ queryKey: ["get", "/api/documents"] });
    if (!changed(state)) {
      dropDraft(state.id);
      return true;
    }
    editor.setState({ saving: "waiting" });
    later(PAUSE_MS);
    return false;
  }

  function refused(error: unknown): boolean {
    const document = error instanceof ServerError && error.status === 409 ? error.document : null;
    const theirs = (document as Message["Conflict"] | null)?.current;
    editor.setState({ saving: theirs ? "conflict" : "away" });
    if (theirs) onConflict(theirs);
    else later(RETRY_MS);
    return false;
  }

  async function now(): Promise<boolean> {
    window.clearTimeout(timer);
    if (running) await running;
    const state = editor.getState();
    if (state.saving === "conflict") return false;
    if (!changed(state)) return true;
    running = put().finally(() => (running = null));
    return running;
  }

  const stop = editor.subscribe((state, before) => {
    if ((state.graph === before.graph && state.name === before.name) || !changed(state)) return;
    keepDraft(state.id, { ...savable(state), revision: state.revision });
    if (state.saving === "conflict") return;
    editor.setState({ saving: "waiting" });
    if (!running) later(PAUSE_MS);
  });
  return {
    now,
    from: (revision) => {
      window.clearTimeout(timer);
      kept = savable(editor.getState());
      editor.setState({ revision, saving: "saved" });
    },
    stop: () => {
      stop();
      void now();
    },
  };
}

function savable({ name, graph }: EditorState) {
  return { name: name.trim() || "Untitled", graph };
}
