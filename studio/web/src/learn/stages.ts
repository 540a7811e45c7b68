/** The result of `slipway workflow` (analysis.trials.Search) as a path in plain words. */
import type { Search, Trial } from "../train/result";
import { count, counted, metricName, metricValue } from "../ui/format";

/** A stage of the workflow: what it is for, what was found, and its trials. */
export interface Stage {
  name: string;
  title: string;
  purpose: string;
  found: string;
  trials: Trial[];
}

const BY_HEART = ["overfits", "too little data"];

/** What each stage is for, in the order of the path. */
export const PURPOSES: { name: string; title: string; purpose: string }[] = [
  {
    name: "naive baseline",
    title: "1. Naive baseline",
    purpose: "Always the same answer, whatever the input. A model that is not better has learned nothing.",
  },
  {
    name: "small",
    title: "2. Is there something to learn?",
    purpose: "The smallest models, without any help against overfitting, until one beats the naive baseline.",
  },
  {
    name: "scaled up",
    title: "3. Overfit",
    purpose:
      "Larger and larger models, until one learns its training examples by heart. Only then is it known that the model is large enough.",
  },
  {
    name: "regularised",
    title: "4. Regularise",
    purpose:
      "Dropout, penalties on large weights, batch normalisation: each makes learning by heart harder. What lowers the eval loss is kept.",
  },
  {
    name: "page",
    title: "5. The page's settings",
    purpose: "The settings that the dataset's page has, for comparison.",
  },
];

/** The stages that were walked. */
export function stagesOf(search: Search): Stage[] {
  const words: Record<string, (trials: Trial[]) => string> = {
    "naive baseline": ([naive]) => `It has ${metric(search, naive)} on the eval split.`,
    small: (trials) => small(search, trials),
    "scaled up": scaled,
    regularised: (trials) => regularised(search, trials),
    page: ([page]) =>
      `They reach an eval loss of ${metricValue(page?.eval_loss)}, with ${metric(search, page)}.`,
  };
  return PURPOSES.map((stage) => {
    const trials = search.trials.filter((trial) => trial.stage === stage.name);
    return { ...stage, trials, found: trials.length > 0 ? words[stage.name]!(trials) : "" };
  }).filter((stage) => stage.trials.length > 0);
}

function metric(search: Search, trial: Trial | undefined): string {
  return `${metricName(search.primary)} ${metricValue(trial?.eval[search.primary])}`;
}

function small(search: Search, trials: Trial[]): string {
  const last = trials.at(-1)!;
  const none = search.notes.some((note) => note.includes("smallest models beats"));
  if (none) return `None of ${trials.length} beats it; the last one has ${metric(search, last)}.`;
  const tried = trials.length > 1 ? ` It took ${trials.length} sizes.` : "";
  return `Yes: a model with ${counted(last.parameters, "weight")} (${last.what}) has ${metric(search, last)}.${tried}`;
}

function scaled(trials: Trial[]): string {
  const last = trials.at(-1)!;
  const grown = `${count(last.parameters)} weights (${last.what})`;
  const losses = `train loss ${metricValue(last.train_loss)}, eval loss ${metricValue(last.eval_loss)}`;
  if (BY_HEART.includes(last.fit))
    return `With ${grown} the model does far better on what it learned from than on what it did not see: ${losses}. It overfits.`;
  return `Up to ${grown} no model overfits: ${losses}.`;
}

function regularised(search: Search, trials: Trial[]): string {
  const base = search.trials.filter((trial) => trial.stage === "scaled up" || trial.stage === "small").at(-1);
  const best = trials.reduce((found, trial) => (order(trial) < order(found) ? trial : found));
  if (!base || order(best) >= order(base)) return "None of the changes lowers the eval loss.";
  return `${capital(whatOf(best, search.trials))} lowers the eval loss most: from ${metricValue(base.eval_loss)} to ${metricValue(best.eval_loss)}, with ${metric(search, best)}.`;
}

/** A sentence's beginning. */
export function capital(words: string): string {
  return words.charAt(0).toUpperCase() + words.slice(1);
}

/** What a trial was, in words that stand alone: "the same" is the best change of the trials before it. */
export function whatOf(trial: Trial, trials: Trial[]): string {
  const same = "the same, ";
  if (!trial.what.startsWith(same)) return trial.what;
  const before = trials.filter(
    (other) => other.stage === trial.stage && other.number < trial.number && !other.what.startsWith(same),
  );
  const [first, ...others] = before;
  if (!first) return trial.what;
  const best = others.reduce((found, other) => (order(other) < order(found) ? other : found), first);
  return `${best.what}, ${trial.what.slice(same.length)}`;
}

const order = (trial: Trial) => trial.eval_loss ?? Infinity;

/** The settings of the best trial by name, for a job. */
export function bestSettings(search: Search): Record<string, string> {
  return Object.fromEntries(
    search.settings.map((text) => {
      const [name = "", ...value] = text.split("=");
      return [name, value.join("=")];
    }),
  );
}
