/** Numbers and times as people read them; metrics as reports/wording.py writes them. */

export const NO_VALUE = "no value";

const METRICS: Record<string, string> = {
  binary_accuracy: "accuracy",
  auc: "AUC",
  rmse: "RMSE",
  mae: "MAE",
  rmsle: "RMSLE",
  kappa: "weighted kappa",
  f1_micro: "micro F1",
  f1_macro: "macro F1",
};

/** A metric as a sentence says it: `accuracy` for `binary_accuracy`; of one of several labels `accuracy of Survived`. */
export function metricName(name: string): string {
  const dot = name.lastIndexOf(".");
  const own = name.slice(dot + 1);
  const words = METRICS[own] ?? own.replaceAll("_", " ");
  return dot < 0 ? words : `${words} of ${name.slice(0, dot)}`;
}

/** A metric: three digits after the point below 10, else four significant ones. */
export function metricValue(value: number | null | undefined): string {
  if (value === null || value === undefined || Number.isNaN(value)) return NO_VALUE;
  if (!Number.isFinite(value)) return value > 0 ? "∞" : "−∞";
  if (Math.abs(value) < 10) return minus(value.toFixed(3)).replace(/^−(0\.000)$/, "$1");
  const whole = Math.floor(Math.log10(Math.abs(value))) + 1;
  const text = value.toLocaleString("en", { maximumFractionDigits: Math.max(0, 4 - whole) });
  return minus(text);
}

/** `metricValue` with its sign. */
export function signed(value: number | null | undefined): string {
  const text = metricValue(value);
  return typeof value === "number" && value > 0 ? `+${text}` : text;
}

/** The bounds of a 95% interval: `0.759 to 0.887`; empty without them. */
export function bounds(interval: readonly (number | null)[] | null | undefined): string {
  const [low, high] = interval ?? [];
  return typeof low === "number" && typeof high === "number"
    ? `${metricValue(low)} to ${metricValue(high)}`
    : "";
}

/** A whole number with commas between thousands. */
export function count(value: number): string {
  return value.toLocaleString("en");
}

/** `1 epoch`, `1,204 epochs`. */
export function counted(amount: number, one: string, many = `${one}s`): string {
  return `${count(amount)} ${amount === 1 ? one : many}`;
}

/** `a, b and c`. */
export function listed(words: readonly string[]): string {
  return words.length < 2 ? words.join("") : `${words.slice(0, -1).join(", ")} and ${words.at(-1)}`;
}

/** A text of the server with a capital and a full stop. */
export function sentence(text: string): string {
  const capital = text.charAt(0).toUpperCase() + text.slice(1);
  return text === "" || /[.!?:]$/.test(text) ? capital : `${capital}.`;
}

/** A time span: `0.4 s`, `12 s`, `3 min 20 s`, `1 h 5 min`. */
export function duration(seconds: number): string {
  if (seconds < 10) return `${Math.max(0, seconds).toFixed(1)} s`;
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  const minutes = Math.floor(whole / 60);
  if (minutes < 60) return `${minutes} min ${whole % 60} s`;
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

/** An amount of memory in decimal units: `640 kB`, `1.2 GB`. */
export function bytes(amount: number): string {
  const units = ["bytes", "kB", "MB", "GB", "TB", "PB"];
  let value = amount;
  let unit = 0;
  // 999.5 would be written as 1000.
  while (value >= 999.5 && unit < units.length - 1) {
    value /= 1000;
    unit += 1;
  }
  return `${value >= 10 || unit === 0 ? Math.round(value) : value.toFixed(1)} ${units[unit]}`;
}

/** A moment (ISO 8601) in the reader's zone: the time alone today, else with the day. */
export function moment(iso: string, now: Date = new Date()): string {
  const at = new Date(iso);
  const time = at.toLocaleTimeString("en-GB", { hour: "2-digit", minute: "2-digit" });
  if (at.toDateString() === now.toDateString()) return time;
  const year = at.getFullYear() === now.getFullYear() ? undefined : ("numeric" as const);
  return `${at.toLocaleDateString("en-GB", { day: "numeric", month: "short", year })}, ${time}`;
}

/** Seconds between two moments (ISO 8601). */
export function secondsBetween(from: string, to: string | number): number {
  return (new Date(to).getTime() - new Date(from).getTime()) / 1000;
}

/** A field's name as a label: `Learning rate` for `learning_rate`. */
export function labelled(name: string): string {
  const words = name.replaceAll("_", " ");
  return words.charAt(0).toUpperCase() + words.slice(1);
}

function minus(text: string): string {
  return text.replace("-", "−");
}
