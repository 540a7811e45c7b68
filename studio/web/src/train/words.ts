/** Jobs in words. */
import type { Message } from "../api/client";
import { counted, metricName, metricValue, signed } from "../ui/format";

type JobKind = Message["Job"]["kind"];
type JobState = Message["Job"]["state"];

export const KIND: Record<JobKind, string> = {
  run: "Training",
  kfold: "K-fold",
  learning_curve: "Learning curve",
  workflow: "Workflow",
  prepare: "Preparation",
};

export const STATE: Record<JobState, { word: string; tone: "quiet" | "good" | "bad" | "waiting" }> = {
  queued: { word: "queued", tone: "quiet" },
  running: { word: "running", tone: "waiting" },
  blessed: { word: "blessed", tone: "good" },
  not_blessed: { word: "not blessed", tone: "bad" },
  done: { word: "done", tone: "good" },
  failed: { word: "failed", tone: "bad" },
  cancelled: { word: "cancelled", tone: "quiet" },
};

/** A job's place in the queue. */
export function placeWords(place: number | null | undefined): string {
  if (!place) return "";
  return place === 1 ? "next in the queue" : `${counted(place - 1, "job")} before it`;
}

/** One condition of the blessing, of a run's result (schemas.records.Check). */
export interface Check {
  kind: string;
  metric: string;
  value: number | null;
  bound: number;
  margin: number | null;
  passed: boolean;
  of: string;
}

/** What a check asks for: `at least 0.960`, or `more than 0.108, the naive baseline`. */
export function asked(check: Check): string {
  const bound = metricValue(check.bound);
  const higher = higherIsBetter(check);
  switch (check.kind) {
    case "naive baseline":
      return `${higher === false ? "less" : "more"} than ${bound}, the naive baseline`;
    case "last blessed":
      return `${higher === false ? "at most" : "at least"} ${bound}, for the last blessed model`;
    case "contract":
      return `a share of at least ${bound}`;
    default:
      return higher === undefined ? `the bound ${bound}` : `${higher ? "at least" : "at most"} ${bound}`;
  }
}

/** The check has no direction of its own: a margin above 0 lies on the better side of the bound. */
function higherIsBetter(check: Check): boolean | undefined {
  if (check.value === null || !check.margin) return undefined;
  return check.value > check.bound === check.margin > 0;
}

/** What a check is of, e.g. `accuracy`, or `AUC, lower bound`. */
export function subject(check: Check): string {
  const name = check.kind === "contract" ? check.metric : metricName(check.metric);
  return check.of === "value" || !check.of ? name : `${name}, ${check.of}`;
}

/** A failed check as a sentence. */
export function shortfall(check: Check): string {
  const value = check.value === null ? "has no value on these examples" : `is ${metricValue(check.value)}`;
  const margin = check.margin === null ? "" : ` (${signed(check.margin)})`;
  return `${subject(check)} ${value}${margin}; needed: ${asked(check)}.`;
}
