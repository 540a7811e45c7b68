import { useEffect, useReducer } from "react";
import { client } from "../api/client";
import { advancedBy, hasEnded, parsed, type StreamMessage, type Watched } from "./jobStream";

interface Known {
  watched: Watched | null;
  error: unknown;
  /** Whether the stream broke off and is opened again. */
  lost: boolean;
}

type Change =
  | { kind: "read"; watched: Watched }
  | { kind: "messages"; messages: StreamMessage[] }
  | { kind: "error"; error: unknown }
  | { kind: "lost"; lost: boolean }
  | { kind: "other job" };

const NOTHING: Known = { watched: null, error: null, lost: false };
const MILLISECONDS_BETWEEN_DRAWINGS = 100;
const MILLISECONDS_BEFORE_REOPENING = 2_000;

function changed(known: Known, change: Change): Known {
  switch (change.kind) {
    case "read":
      return { watched: change.watched, error: null, lost: false };
    case "messages":
      return known.watched ? { ...known, watched: advancedBy(known.watched, change.messages) } : known;
    case "error":
      return { ...known, error: change.error };
    case "lost":
      return { ...known, lost: change.lost };
    case "other job":
      return NOTHING;
  }
}

/** A job and what happens to it: all so far first, then each change as it comes, also after the connection was lost. */
export function useJob(id: string): Known & { isEnded: boolean } {
  const [known, change] = useReducer(changed, NOTHING);
  useEffect(() => {
    change({ kind: "other job" });
    return watching(id, change);
  }, [id]);
  return { ...known, isEnded: known.watched !== null && hasEnded(known.watched.job.state) };
}

/** Reads the job, follows its stream, and gives back what stops that. */
function watching(id: string, change: (change: Change) => void): () => void {
  let source: EventSource | null = null;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let flushing: ReturnType<typeof setTimeout> | undefined;
  let waiting: StreamMessage[] = [];
  let stopped = false;

  const flush = () => {
    flushing = undefined;
    const messages = waiting;
    waiting = [];
    change({ kind: "messages", messages });
    if (messages.some((message) => message.kind === "job" && hasEnded(message.job.state))) {
      source?.close();
      void open(); // for the log's last lines, which may come after the end
    }
  };
  const take = (kind: string) => (event: MessageEvent<string>) => {
    const message = parsed(kind, event.data);
    if (message) waiting.push(message);
    flushing ??= setTimeout(flush, MILLISECONDS_BETWEEN_DRAWINGS); // a log comes by hundreds of lines
  };
  const open = async () => {
    try {
      const { data: job } = await client.GET("/api/jobs/{id}", { params: { path: { id } } });
      if (!job) return;
      const isEnded = hasEnded(job.state);
      // While it runs the stream brings the log from its first line on.
      const log = isEnded ? await wholeLog(id) : [];
      if (stopped) return;
      change({ kind: "read", watched: { job, log, doing: "" } });
      if (!isEnded) follow();
    } catch (error) {
      if (!stopped) change({ kind: "error", error });
    }
  };
  const follow = () => {
    source = new EventSource(`/api/jobs/${encodeURIComponent(id)}/events`);
    for (const kind of ["event", "log", "job"]) source.addEventListener(kind, take(kind));
    source.onopen = () => change({ kind: "lost", lost: false });
    source.onerror = () => {
      change({ kind: "lost", lost: true });
      // The browser opens it again by itself unless the server refused it.
      if (source?.readyState === EventSource.CLOSED && !stopped) {
        timer = setTimeout(open, MILLISECONDS_BEFORE_REOPENING);
      }
    };
  };
  void open();
  return () => {
    stopped = true;
    source?.close();
    clearTimeout(timer);
    clearTimeout(flushing);
  };
}

async function wholeLog(id: string): Promise<string[]> {
  const lines: string[] = [];
  for (;;) {
    const query = { after: lines.length };
    const { data = [] } = await client.GET("/api/jobs/{id}/log", { params: { path: { id }, query } });
    lines.push(...data);
    if (data.length < 1_000) return lines;
  }
}
