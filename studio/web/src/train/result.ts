/** What `--json` of the commands gives, as far as it is shown (schemas.records, analysis.folds, .learning_curve, .trials). */
import type { Check } from "./words";

export interface Interval {
  value: number | null;
  low: number | null;
  high: number | null;
}

export interface RunResult {
  dataset: string;
  run_id: string;
  blessed: boolean;
  version: string | null;
  metrics: Record<string, number | null>;
  intervals: Record<string, Interval>;
  caution: string;
  examples: number;
  split: string;
  naive: Record<string, number>;
  baseline: Record<string, number | null> | null;
  baseline_note: string | null;
  devices: string;
  checks: Check[];
  cases: { count: number; passed: number };
  worst_slice: {
    slice: Record<string, string>;
    examples: number;
    metrics: Record<string, number | null>;
  } | null;
  limit: number;
  repeated: boolean;
  report: string | null;
}

interface Spread {
  mean: Interval;
  deviation: number | null;
  lowest: number | null;
  highest: number | null;
}

export interface CrossValidation {
  folds: number;
  repeats: number;
  rows: number;
  held_out: number;
  primary: string;
  metrics: Record<string, Spread>;
  naive: Spread;
  better: Spread;
  results: {
    repeat: number;
    fold: number;
    metrics: Record<string, number | null>;
    seconds: number;
    cached: boolean;
  }[];
  notes: string[];
}

export interface LearningCurve {
  primary: string;
  points: {
    share: number;
    examples: number;
    train: number | null;
    eval: number | null;
    metric: Interval;
    best_epochs: number[];
  }[];
  eval_examples: number;
  naive: number;
  fit: { sentence: string; evidence: string[]; suggestion: string; why: string };
}

export interface Trial {
  number: number;
  stage: string;
  what: string;
  parameters: number;
  train_loss: number | null;
  eval_loss: number | null;
  eval: Record<string, number | null>;
  epochs: number;
  best_epoch: number;
  fit: string;
}

export interface Search {
  dataset: string;
  primary: string;
  trials: Trial[];
  best: number;
  settings: string[];
  test: Record<string, number | null>;
  naive: Record<string, number>;
  examples: Record<string, number>;
  notes: string[];
}

/** The bounds of an interval as the formats take them. */
export function ends(interval: Interval | undefined): [number | null, number | null] | null {
  return interval ? [interval.low, interval.high] : null;
}
