import { describe, expect, it } from "vitest";
import { advanced, advancedBy, type Job, parsed, type RunEvent, type Watched } from "./jobStream";

const JOB: Job = {
  id: "a1",
  kind: "run",
  dataset: "digits",
  document: null,
  state: "running",
  created: "2026-11-29T10:00:00Z",
  command: "slipway run digits --events",
  steps: [],
  epochs: [],
  notes: [],
  stopping: false,
};
const START: Watched = { job: JOB, log: [], doing: "" };

/** What is known after the lines of a stream, as a browser hands them over. */
function after(lines: readonly RunEvent[], from: Watched = START): Watched {
  return lines.reduce((watched, line) => {
    const message = parsed("event", JSON.stringify(line));
    return message ? advanced(watched, message) : watched;
  }, from);
}

const RUN: RunEvent[] = [
  { event: "run_started", version: 1, dataset: "digits" },
  { event: "step_started", version: 1, step: "ExampleGen" },
  { event: "step_finished", version: 1, step: "ExampleGen", seconds: 1.5, cached: true, detail: "" },
  { event: "step_started", version: 1, step: "Trainer" },
  {
    event: "epoch_ended",
    epoch: 1,
    of: 30,
    train: { loss: 1.5 },
    eval: { loss: "NaN" },
    member: null,
    members: null,
  },
  { event: "note", text: "One column was left out." },
];

describe("a stream", () => {
  it("becomes steps, epochs and notes", () => {
    const { job } = after(RUN);
    expect(job.steps).toEqual([
      { step: "ExampleGen", state: "cached", seconds: 1.5, detail: "" },
      { step: "Trainer", state: "running", seconds: null, detail: "" },
    ]);
    expect(job.epochs).toEqual([
      {
        step: "Trainer",
        epoch: 1,
        of: 30,
        train: { loss: 1.5 },
        eval: { loss: null },
        member: null,
        members: null,
      },
    ]);
    expect(job.notes).toEqual(["One column was left out."]);
  });

  it("that begins anew changes nothing", () => {
    const once = after(RUN);
    expect(after(RUN, once).job).toEqual(once.job);
  });

  it("keeps the members of an ensemble apart", () => {
    const epoch = (member: number) => ({
      event: "epoch_ended",
      epoch: 1,
      of: 5,
      train: { loss: member },
      eval: { loss: member },
      member,
      members: 2,
    });
    expect(after([epoch(1), epoch(2), epoch(1)]).job.epochs.map(({ member }) => member)).toEqual([1, 2]);
  });

  it("keeps the folds of a K-fold apart", () => {
    const fold = (step: string) => [
      { event: "step_started", step },
      {
        event: "epoch_ended",
        epoch: 1,
        of: 5,
        train: { loss: 1 },
        eval: { loss: 1 },
        member: null,
        members: null,
      },
    ];
    const { job } = after([...fold("Fold 1/2"), ...fold("Fold 2/2")]);
    expect(job.epochs.map(({ step }) => step)).toEqual(["Fold 1/2", "Fold 2/2"]);
  });

  it("leaves alone what it does not know", () => {
    expect(after([{ event: "moon_landed", where: "sea" }])).toEqual(START);
  });

  it("says what is waited for, until something happens", () => {
    const waits = after([{ event: "bytes", what: "titanic.csv", done: 30, total: 60 }]);
    expect(waits.doing).toBe("Downloading titanic.csv: 50%");
    expect(after([{ event: "waiting", on: "run", text: "Another run goes first." }], waits).doing).toBe(
      "Another run goes first.",
    );
    expect(after([{ event: "step_started", step: "ExampleGen" }], waits).doing).toBe("");
  });

  it("shows a step that failed, and why", () => {
    expect(
      after([...RUN, { event: "step_failed", step: "Trainer", reason: "killed" }]).job.steps[1],
    ).toMatchObject({
      state: "failed",
      detail: "killed",
    });
  });
});

describe("messages", () => {
  it("take the place of the whole job", () => {
    const ended = { ...JOB, state: "blessed" as const, version: "1.0.0" };
    const message = parsed("job", JSON.stringify(ended))!;
    expect(advanced({ ...START, doing: "Waiting" }, message)).toEqual({ job: ended, log: [], doing: "" });
  });

  it("take a line of the log as JSON or as it is", () => {
    expect(parsed("log", '"Epoch 1"')).toEqual({ kind: "log", line: "Epoch 1" });
    expect(parsed("log", "Epoch 1")).toEqual({ kind: "log", line: "Epoch 1" });
    expect(parsed("log", "12")).toEqual({ kind: "log", line: "12" });
  });

  it("that are no JSON are left out", () => {
    expect(parsed("event", "{")).toBeNull();
    expect(parsed("job", "null")).toBeNull();
  });

  it("by the dozen give the same as one by one", () => {
    const messages = [
      ...RUN.map((event) => ({ kind: "event" as const, event })),
      { kind: "log" as const, line: "a" },
      { kind: "log" as const, line: "b" },
    ];
    expect(advancedBy(START, messages)).toEqual(messages.reduce(advanced, START));
  });
});
