/** What a job's server-sent events do to what is known of it (docs/events.md has the lines of `event`). */
import type { Message } from "../api/client";

export type Job = Message["Job"];
type Epoch = Message["Epoch"];
type Step = Message["JobStep"];

/** A job as it is watched. `doing` is what it waits for or downloads just now, in words. */
export interface Watched {
  job: Job;
  log: string[];
  doing: string;
}

export type StreamMessage =
  { kind: "job"; job: Job } | { kind: "event"; event: RunEvent } | { kind: "log"; line: string };

/** An event of a run; readers leave alone what they do not know. */
export interface RunEvent {
  event: string;
  [field: string]: unknown;
}

const MOST_LINES = 20_000;
const ENDED: readonly Job["state"][] = ["blessed", "not_blessed", "done", "failed", "cancelled"];

/** Whether nothing more will happen to a job. */
export function hasEnded(state: Job["state"]): boolean {
  return ENDED.includes(state);
}

/** A message of the stream; null for a text that is none. */
export function parsed(kind: string, data: string): StreamMessage | null {
  const value = json(data);
  if (kind === "log") return { kind, line: typeof value === "string" ? value : data };
  if (typeof value !== "object" || value === null) return null;
  if (kind === "job") return { kind, job: value as Job };
  return "event" in value ? { kind: "event", event: value as RunEvent } : null;
}

function json(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/**
 * What is known after one message more. Messages that were seen already change nothing, as a stream that is opened anew
 * may begin from the start.
 */
export function advanced(watched: Watched, message: StreamMessage): Watched {
  switch (message.kind) {
    case "job":
      return { ...watched, job: message.job, doing: hasEnded(message.job.state) ? "" : watched.doing };
    case "log":
      return { ...watched, log: [...watched.log, message.line].slice(-MOST_LINES) };
    case "event":
      return { ...watched, ...happened(watched, message.event) };
  }
}

/** The same for many: one new log, not one for each line. */
export function advancedBy(watched: Watched, messages: readonly StreamMessage[]): Watched {
  const lines = messages.flatMap((message) => (message.kind === "log" ? [message.line] : []));
  const others = messages.filter((message) => message.kind !== "log");
  const log = lines.length > 0 ? [...watched.log, ...lines].slice(-MOST_LINES) : watched.log;
  return others.reduce(advanced, { ...watched, log });
}

function happened({ job, doing }: Watched, event: RunEvent): { job: Job; doing: string } {
  const step = String(event.step ?? "");
  switch (event.event) {
    case "step_started":
      return { job: withStep(job, { step, state: "running", seconds: null, detail: "" }), doing: "" };
    case "step_finished":
      return { job: withStep(job, finished(step, event)), doing: "" };
    case "step_failed": {
      const detail = String(event.reason ?? "");
      return { job: withStep(job, { step, state: "failed", seconds: null, detail }), doing: "" };
    }
    case "epoch_ended":
      return { job: { ...job, epochs: withEpoch(job.epochs, epochOf(event, job)) }, doing: "" };
    case "note": {
      const text = String(event.text ?? "");
      return { job: job.notes.includes(text) ? job : { ...job, notes: [...job.notes, text] }, doing };
    }
    case "waiting":
      return { job, doing: String(event.text ?? "") };
    case "bytes":
      return { job, doing: downloaded(event) };
    default:
      return { job, doing };
  }
}

function finished(step: string, event: RunEvent): Step {
  return {
    step,
    state: event.cached === true ? "cached" : "done",
    seconds: number(event.seconds),
    detail: String(event.detail ?? ""),
  };
}

function withStep(job: Job, step: Step): Job {
  const known = job.steps.find((each) => each.step === step.step);
  if (!known) return { ...job, steps: [...job.steps, step] };
  if (step.state === "running" && known.state !== "running") return job; // its start, told once more
  return { ...job, steps: job.steps.map((each) => (each === known ? step : each)) };
}

function withEpoch(epochs: Epoch[], epoch: Epoch): Epoch[] {
  const place = epochs.findIndex(
    (each) => each.epoch === epoch.epoch && each.member === epoch.member && each.step === epoch.step,
  );
  return place < 0 ? [...epochs, epoch] : epochs.map((each, at) => (at === place ? epoch : each));
}

function epochOf(event: RunEvent, job: Job): Epoch {
  return {
    step: job.steps.at(-1)?.step ?? null,
    epoch: number(event.epoch) ?? 0,
    of: number(event.of) ?? 0,
    train: numbers(event.train),
    eval: numbers(event.eval),
    member: number(event.member),
    members: number(event.members),
  };
}

function numbers(value: unknown): Record<string, number | null> {
  return Object.fromEntries(Object.entries(value ?? {}).map(([name, each]) => [name, number(each)]));
}

/** A number of the stream; null for none, and for what JSON writes as a text: "NaN", "Infinity". */
function number(value: unknown): number | null {
  return typeof value === "number" ? value : null;
}

function downloaded(event: RunEvent): string {
  const done = number(event.done) ?? 0;
  const total = number(event.total);
  if (total !== null && done >= total) return "";
  const share = total ? `${Math.floor((100 * done) / total)}%` : `${(done / 1e6).toFixed(1)} MB`;
  return `Downloading ${String(event.what ?? "")}: ${share}`;
}
