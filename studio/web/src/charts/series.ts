/** The epochs of a job as curves: one figure for the loss, one for each metric. */
import type { Message } from "../api/client";
import { metricName } from "../ui/format";

type Epoch = Message["Epoch"];

/** One line of a figure. `member` is a model of an ensemble, from 1; 0 where there is but one. */
export interface Line {
  label: string;
  split: "train" | "eval";
  member: number;
  values: (number | null)[];
}

export interface Figure {
  title: string;
  epochs: number[];
  lines: Line[];
}

/** The figures of a training: the loss first, then what else was measured, as the epochs name it. */
export function figures(epochs: readonly Epoch[]): Figure[] {
  const names = [
    ...new Set(epochs.flatMap((epoch) => [...Object.keys(epoch.eval), ...Object.keys(epoch.train)])),
  ];
  const ordered = [...names.filter((name) => name === "loss"), ...names.filter((name) => name !== "loss")];
  const numbers = [...new Set(epochs.map(({ epoch }) => epoch))].sort((a, b) => a - b);
  const members = [...new Set(epochs.map(({ member }) => member ?? 0))].sort((a, b) => a - b);
  return ordered.map((name) => ({
    title: labelOf(name),
    epochs: numbers,
    lines: members.flatMap((member) =>
      (["train", "eval"] as const)
        .map((split) => line(epochs, numbers, name, split, member, members.length))
        .filter(({ values }) => values.some((value) => value !== null)),
    ),
  }));
}

function labelOf(name: string): string {
  const words = metricName(name);
  return words.charAt(0).toUpperCase() + words.slice(1);
}

function line(
  epochs: readonly Epoch[],
  numbers: readonly number[],
  name: string,
  split: "train" | "eval",
  member: number,
  members: number,
): Line {
  const own = new Map(
    epochs.filter((epoch) => (epoch.member ?? 0) === member).map((epoch) => [epoch.epoch, epoch]),
  );
  const label = members > 1 ? `${split}, model ${member}` : split;
  return { label, split, member, values: numbers.map((epoch) => own.get(epoch)?.[split][name] ?? null) };
}

/** The epoch with the lowest eval loss, whose weights are kept; null before there is one, and for an ensemble. */
export function bestEpoch(epochs: readonly Epoch[]): number | null {
  if (epochs.some(({ member }) => (member ?? 1) > 1)) return null;
  let best: Epoch | null = null;
  for (const epoch of epochs) {
    const [loss, least] = [epoch.eval.loss ?? Infinity, best?.eval.loss ?? Infinity];
    if (loss < least) best = epoch;
  }
  return best?.epoch ?? null;
}
