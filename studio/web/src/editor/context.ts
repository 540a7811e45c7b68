import { createContext, useContext } from "react";
import { useStore } from "zustand";
import type { PaletteLayer } from "../graph/model";
import type { Editor, EditorState } from "./store";

/** The open document. */
export const EditorContext = createContext<Editor | null>(null);

/** Layers of the palette by name. */
export const LayersContext = createContext<Map<string, PaletteLayer>>(new Map());

export function useEditorStore(): Editor {
  const editor = useContext(EditorContext);
  if (!editor) throw new Error("No document is open around this component.");
  return editor;
}

export function useEditor<T>(select: (state: EditorState) => T): T {
  return useStore(useEditorStore(), select);
}

export function useLayers(): Map<string, PaletteLayer> {
  return useContext(LayersContext);
}
