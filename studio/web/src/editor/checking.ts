import { client, type Message, queries, ServerError } from "../api/client";
import type { Graph } from "../graph/model";
import type { GraphReport } from "./reports";
import { spokenReport } from "./reports";
import { type Editor, levelOf } from "./store";

/** A burst of changes is checked once. */
const PAUSE_MS = 150;
const RETRY_MS = 1_000;

/**
 * Checks the graph after each change until the returned function is called. An answer counts only where nothing changed since it was
 * asked for; editing never waits for one.
 */
export function keepChecked(editor: Editor): () => void {
  let timer: number | undefined;
  let running: AbortController | undefined;

  function later(milliseconds: number) {
    window.clearTimeout(timer);
    timer = window.setTimeout(check, milliseconds);
  }

  async function check() {
    running?.abort();
    const mine = (running = new AbortController());
    try {
      if (!(await kerasReady(mine.signal))) return waits("loading");
      const { graph, path } = editor.getState();
      const whole = await asked(graph, mine.signal);
      const level = path.length ? await asked(levelOf({ graph, path }), mine.signal) : whole;
      if (mine.signal.aborted) return;
      editor.getState().checked(whole, level);
      editor.setState({ checking: "idle", said: spokenReport(whole) });
    } catch (error) {
      if (!mine.signal.aborted) failed(error);
    }
  }

  function waits(checking: "loading" | "away") {
    editor.setState({ checking, checkError: null });
    later(RETRY_MS);
  }

  function failed(error: unknown) {
    const status = error instanceof ServerError ? error.status : 0;
    if (status === 503) waits("loading");
    else if (status === 0) waits("away");
    else
      editor.setState({
        checking: "idle",
        checkError: error instanceof Error ? error.message : String(error),
      });
  }

  const stop = editor.subscribe((state, before) => {
    if (state.graph === before.graph && state.path === before.path) return;
    running?.abort();
    if (state.checking === "idle") editor.setState({ checking: "busy" });
    later(PAUSE_MS);
  });
  later(0);
  return () => {
    stop();
    window.clearTimeout(timer);
    running?.abort();
  };
}

/** Whether the check can be asked for; asking too early would be an error on the browser's console each second. */
async function kerasReady(signal: AbortSignal): Promise<boolean> {
  const known = queries.getQueryData<Message["State"]>(["get", "/api/state"]);
  if (known?.keras.state === "ready") return true;
  const { data } = await client.GET("/api/state", { signal });
  if (data?.keras.state === "failed") throw new Error(`Keras did not load: ${data.keras.error}`);
  return data?.keras.state === "ready";
}

async function asked(graph: Graph, signal: AbortSignal): Promise<GraphReport> {
  const { data } = await client.POST("/api/graphs/check", { body: { graph, batch_size: 32 }, signal });
  return data!;
}
