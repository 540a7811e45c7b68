import { useState } from "react";
import { client } from "../api/client";
import { withDataset } from "./changes/datasets";
import { useEditorStore } from "./context";
import { turned } from "./store";

/** Gives the graph the inputs and the output of another dataset; what is drawn between them stays. */
export function useDataset() {
  const editor = useEditorStore();
  const [error, setError] = useState<string | null>(null);
  const choose = async (name: string | null) => {
    setError(null);
    editor.getState().open([]);
    if (!name) {
      editor.getState().edit((graph) => withDataset(graph, null));
      return;
    }
    try {
      const { data } = await client.GET("/api/datasets/{name}/graph", { params: { path: { name } } });
      editor.getState().edit((graph) => withDataset(graph, data!.graph), { select: [] });
      turned(editor);
      editor.getState().say(`The graph has the inputs and the output of ${name} now.`);
    } catch (reason) {
      setError(reason instanceof Error ? reason.message : String(reason));
    }
  };
  return { choose, error };
}
