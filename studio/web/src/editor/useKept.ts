import { useCallback, useEffect, useRef, useState } from "react";
import type { Message } from "../api/client";
import { keepChecked } from "./checking";
import { dropDraft } from "./drafts";
import { keepSaved, type Saver } from "./saving";
import type { Editor } from "./store";

/** Keeps the open document checked and saved while it is shown; `theirs` is a save of somebody else that waits for an answer. */
export function useKept(editor: Editor) {
  const [theirs, setTheirs] = useState<Message["Document"] | null>(null);
  const [hidden, hide] = useState(false);
  const saver = useRef<Saver | null>(null);
  useEffect(() => keepChecked(editor), [editor]);
  useEffect(() => {
    const mine = (saver.current = keepSaved(editor, (other) => {
      setTheirs(other);
      hide(false);
    }));
    const leaving = (event: BeforeUnloadEvent) => {
      if (editor.getState().saving === "waiting") void mine.now();
      if (editor.getState().saving === "conflict") event.preventDefault();
    };
    window.addEventListener("beforeunload", leaving);
    return () => {
      window.removeEventListener("beforeunload", leaving);
      mine.stop();
    };
  }, [editor]);
  const take = useCallback(
    (document: Message["Document"]) => {
      editor.getState().open([]);
      editor.getState().edit(() => document.graph, { select: [] });
      editor.getState().rename(document.name);
      dropDraft(document.id);
      saver.current?.from(document.revision);
      setTheirs(null);
    },
    [editor],
  );
  return {
    theirs: hidden ? null : theirs,
    hide,
    take,
    save: () => saver.current?.now() ?? Promise.resolve(true),
  };
}
