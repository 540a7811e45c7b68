import { useQueryClient } from "@tanstack/react-query";
import { useEffect, useRef, useState } from "react";
import { api, client, type Message } from "../api/client";

const PATIENCE = 8_000; // milliseconds in which a removal can be taken back

/** Removing with undo: nothing is removed until the time to undo is over, or the page is left. */
export function useRemoving() {
  const queries = useQueryClient();
  const [going, setGoing] = useState<Message["DocumentRow"] | null>(null);
  const [error, setError] = useState<unknown>(null);
  const pending = useRef<{ row: Message["DocumentRow"]; timer: ReturnType<typeof setTimeout> } | null>(null);

  const finish = async () => {
    const now = pending.current;
    if (!now) return;
    pending.current = null;
    clearTimeout(now.timer);
    try {
      // keepalive: it arrives even where the page is closed meanwhile.
      await client.DELETE("/api/documents/{id}", { params: { path: { id: now.row.id } }, keepalive: true });
      await queries.invalidateQueries(api.queryOptions("get", "/api/documents"));
      setError(null);
    } catch (found) {
      setError(found);
    }
    setGoing((row) => (row?.id === now.row.id ? null : row));
  };
  const latest = useRef(finish);
  useEffect(() => {
    latest.current = finish;
  });
  useEffect(() => {
    const leave = () => void latest.current();
    window.addEventListener("pagehide", leave);
    return () => {
      window.removeEventListener("pagehide", leave);
      leave();
    };
  }, []);

  const remove = (row: Message["DocumentRow"]) => {
    void finish();
    setGoing(row);
    pending.current = { row, timer: setTimeout(() => void latest.current(), PATIENCE) };
  };
  const undo = () => {
    if (pending.current) clearTimeout(pending.current.timer);
    pending.current = null;
    setGoing(null);
  };
  return { going, remove, undo, error };
}
