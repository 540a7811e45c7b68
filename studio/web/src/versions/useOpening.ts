import { useState } from "react";
import { useLocation } from "wouter";
import { client, type Message, queries } from "../api/client";
import { freeName } from "../editor/naming";

/** Keeps a graph as a new drawing, and opens it: `open(name, read)`, where `read` gives the graph. */
export function useOpening() {
  const [, navigate] = useLocation();
  const [state, setState] = useState<{ isPending: boolean; error: unknown }>({
    isPending: false,
    error: null,
  });
  const open = async (name: string, read: () => Promise<Message["Graph"] | undefined>) => {
    setState({ isPending: true, error: null });
    try {
      const graph = await read();
      if (!graph) return;
      const { data } = await client.POST("/api/documents", { body: { name: await freeName(name), graph } });
      void queries.invalidateQueries({ queryKey: ["get", "/api/documents"] });
      if (data) navigate(`/draw/${data.id}`);
    } catch (error) {
      setState({ isPending: false, error });
    }
  };
  return { ...state, open };
}
