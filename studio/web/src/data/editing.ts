import { useQueryClient } from "@tanstack/react-query";
import { useEffect, useRef, useState } from "react";
import { api, client } from "../api/client";
import { type Draft, type Edit, editOf } from "./draft";

/** A draft that is edited: changes are shown at once, and sent to the server when the typing rests. */
export function useEditing(draft: Draft) {
  const queries = useQueryClient();
  const [edit, setEdit] = useState<Edit>(() => editOf(draft));
  const [saving, setSaving] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const sent = useRef(JSON.stringify(edit));
  const { id } = draft;

  const text = JSON.stringify(edit);
  useEffect(() => {
    if (text === sent.current) return;
    const stop = new AbortController();
    setSaving(true);
    const timer = setTimeout(async () => {
      try {
        const answer = await client.PUT("/api/drafts/{id}", {
          params: { path: { id } },
          body: JSON.parse(text) as Edit,
          signal: stop.signal,
        });
        sent.current = text;
        const { queryKey } = api.queryOptions("get", "/api/drafts/{id}", { params: { path: { id } } });
        queries.setQueryData(queryKey, answer.data);
        setError(null);
      } catch (found) {
        if (stop.signal.aborted) return;
        setError(found);
      }
      setSaving(false);
    }, 350);
    return () => {
      clearTimeout(timer);
      stop.abort();
    };
  }, [text, id, queries]);
  return { edit, setEdit, saving, error };
}
