/** The epochs of a job as curves: one figure for the loss, one for each metric. */
import type { Message } from "../api/client";
import { metricName } from "../ui/format";

type Epoch = Message["Epoch"];

/** One line of a figure: a split's numbers in one training. */
export interface Line {
  label: string;
  split: "train" | "eval";
  values: (number | null)[];
}

export interface Figure {
  title: string;
  epochs: number[];
  lines: Line[];
}

/** A training of its own: that of a fold, of a trial, of a model of an ensemble; with its epochs by number. */
interface Training {
  step: string;
  member: number;
  epochs: Map<number, Epoch>;
}

/** The figures of a job: the loss first, then what else was measured, as the epochs name it. */
export function figures(epochs: readonly Epoch[]): Figure[] {
  const names = [
    ...new Set(epochs.flatMap((epoch) => [...Object.keys(epoch.eval), ...Object.keys(epoch.train)])),
  ];
  const ordered = [...names.filter((name) => name === "loss"), ...names.filter((name) => name !== "loss")];
  const numbers = [...new Set(epochs.map(({ epoch }) => epoch))].sort((a, b) => a - b);
  const trainings = trainingsOf(epochs);
  return ordered.map((name) => ({
    title: labelOf(name),
    epochs: numbers,
    lines: trainings.flatMap((training) =>
      (["train", "eval"] as const)
        .map((split) => ({
          label: [split, ...distinct(training, trainings)].join(", "),
          split,
          values: numbers.map((epoch) => training.epochs.get(epoch)?.[split][name] ?? null),
        }))
        .filter(({ values }) => values.some((value) => value !== null)),
    ),
  }));
}

function trainingsOf(epochs: readonly Epoch[]): Training[] {
  const found = new Map<string, Training>();
  for (const epoch of epochs) {
    const [step, member] = [epoch.step ?? "", epoch.member ?? 0];
    const key = JSON.stringify([step, member]);
    const training = found.get(key) ?? { step, member, epochs: new Map() };
    training.epochs.set(epoch.epoch, epoch);
    found.set(key, training);
  }
  return [...found.values()];
}

/** What tells a training from the others, in words. */
function distinct(training: Training, all: readonly Training[]): string[] {
  const words: string[] = [];
  if (all.some(({ step }) => step !== training.step)) words.push(training.step);
  if (all.some(({ member }) => member !== training.member)) words.push(`model ${training.member}`);
  return words;
}

function labelOf(name: string): string {
  const words = metricName(name);
  return words.charAt(0).toUpperCase() + words.slice(1);
}

/** The epoch with the lowest eval loss, whose weights are kept; null before there is one, and of several trainings. */
export function bestEpoch(epochs: readonly Epoch[]): number | null {
  if (trainingsOf(epochs).length > 1) return null;
  let best: Epoch | null = null;
  for (const epoch of epochs) {
    const [loss, least] = [epoch.eval.loss ?? Infinity, best?.eval.loss ?? Infinity];
    if (loss < least) best = epoch;
  }
  return best?.epoch ?? null;
}
