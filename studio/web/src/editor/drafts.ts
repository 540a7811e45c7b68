import type { Graph } from "../graph/model";

/** What was drawn and not yet saved, kept in this browser. */
export interface Draft {
  name: string;
  graph: Graph;
  revision: number;
}

const key = (id: string) => `slipway.drawing.${id}`;

/** Keeps a draft; a full or forbidden storage only means that there is no second copy. */
export function keepDraft(id: string, draft: Draft): void {
  try {
    localStorage.setItem(key(id), JSON.stringify(draft));
  } catch {
    return;
  }
}

export function readDraft(id: string): Draft | null {
  try {
    const draft = JSON.parse(localStorage.getItem(key(id)) ?? "null") as Draft | null;
    return draft && Array.isArray(draft.graph?.nodes) ? draft : null;
  } catch {
    return null;
  }
}

export function dropDraft(id: string): void {
  try {
    localStorage.removeItem(key(id));
  } catch {
    return;
  }
}
