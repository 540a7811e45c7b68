import { useEffect } from "react";
import { chosenAsText, pasteText, removeChosen } from "./actions";
import { useEditorStore } from "./context";
import { isTyping } from "./focusing";

/** Copy, cut and paste of nodes as text, so that they also go from one window to another. */
export function useClipboard(): void {
  const editor = useEditorStore();
  useEffect(() => {
    const elsewhere = (event: ClipboardEvent) =>
      isTyping(event.target) ||
      !!document.querySelector("[role=dialog]") ||
      !!window.getSelection()?.toString();
    const copy = (event: ClipboardEvent) => {
      const text = elsewhere(event) ? null : chosenAsText(editor);
      if (!text) return;
      event.clipboardData?.setData("text/plain", text);
      event.preventDefault();
      if (event.type === "cut") removeChosen(editor);
    };
    const paste = (event: ClipboardEvent) => {
      if (isTyping(event.target)) return;
      if (pasteText(editor, event.clipboardData?.getData("text/plain") ?? "")) event.preventDefault();
    };
    document.addEventListener("copy", copy);
    document.addEventListener("cut", copy);
    document.addEventListener("paste", paste);
    return () => {
      document.removeEventListener("copy", copy);
      document.removeEventListener("cut", copy);
      document.removeEventListener("paste", paste);
    };
  }, [editor]);
}
