/** The form of a job's settings: texts by name, checked and sent as `--set KEY=VALUE` has them (schemas/settings.py). */
import type { Message } from "../api/client";

export type Setting = Message["SettingForm"];

/** What most trainings change; shown first, in this order. */
export const FIRST = ["optimizer", "learning_rate", "batch_size", "epochs", "patience", "seed"];

export interface Choices {
  kind: "run" | "kfold" | "learning_curve";
  texts: Record<string, string>;
  folds: string;
  limit: string;
  minutes: string;
  memory_mb: string;
}

/** The settings that a job may change: those of the model have no meaning for a drawn graph. */
export function offered(settings: readonly Setting[], drawn: boolean): { first: Setting[]; rest: Setting[] } {
  const known = settings.filter((setting) => !(drawn && setting.part === "model"));
  const place = (setting: Setting) => (setting.part === "training" ? FIRST.indexOf(setting.name) : -1);
  return {
    first: known.filter((setting) => place(setting) >= 0).sort((a, b) => place(a) - place(b)),
    rest: known.filter((setting) => place(setting) < 0),
  };
}

/** A value as the text that `Setting.read` takes. */
export function asText(value: unknown): string {
  if (value === null || value === undefined) return "";
  return Array.isArray(value) ? value.join(",") : String(value);
}

/** The value of a text, by type; undefined where it is none. */
function read(setting: Setting, text: string): unknown {
  const trimmed = text.trim();
  switch (setting.type) {
    case "int":
      return whole(trimmed);
    case "float":
      return trimmed !== "" && Number.isFinite(Number(trimmed)) ? Number(trimmed) : undefined;
    case "bool":
      return { true: true, false: false }[trimmed];
    case "list[int]": {
      const items = split(trimmed).map(whole);
      return items.includes(undefined) ? undefined : items;
    }
    case "list[str]":
      return split(trimmed);
    default:
      return trimmed;
  }
}

function whole(text: string): number | undefined {
  const value = Number(text);
  return text !== "" && Number.isSafeInteger(value) ? value : undefined;
}

function split(text: string): string[] {
  return text
    .split(",")
    .map((item) => item.trim())
    .filter(Boolean);
}

/** What may stand in a setting, as the end of "use ...". */
export function allowed(setting: Setting): string {
  if (setting.choices.length > 0) return `one of ${setting.choices.join(", ")}`;
  if (setting.type === "bool") return "true or false";
  if (setting.type === "list[int]") return "whole numbers with commas between";
  if (setting.type === "list[str]") return "names with commas between";
  if (setting.type === "str") return "a text";
  return numberWithin(setting.low, setting.high, setting.type === "int");
}

function numberWithin(low?: number | null, high?: number | null, isWhole = false): string {
  const kind = isWhole ? "a whole number" : "a number";
  const [least, most] = [low ?? null, high ?? null];
  if (least === null && most === null) return kind;
  if (most === null) return `${kind} of at least ${least}`;
  if (least === null) return `${kind} of at most ${most}`;
  return `${kind} from ${least} to ${most}`;
}

/** What is wrong with a text; null where it is right. */
export function problem(setting: Setting, text: string): string | null {
  const value = read(setting, text);
  const isChoice = setting.choices.length === 0 || setting.choices.includes(text.trim());
  const isWithin =
    typeof value !== "number" || (value >= (setting.low ?? -Infinity) && value <= (setting.high ?? Infinity));
  return value !== undefined && isChoice && isWithin ? null : `Use ${allowed(setting)}.`;
}

/** Whether a text means another value than the page's. */
export function isChanged(setting: Setting, text: string | undefined): boolean {
  return text !== undefined && asText(read(setting, text) ?? text) !== asText(setting.value);
}

/** The numbers of a job that are no settings of the page. */
const OWN: Record<"folds" | "limit" | "minutes" | "memory_mb", Setting> = {
  folds: own("folds", "int", 2, 50),
  limit: own("limit", "int", 0),
  minutes: own("minutes", "float", 0.1),
  memory_mb: own("memory_mb", "int", 256),
};

function own(name: string, type: "int" | "float", low: number, high: number | null = null): Setting {
  return { part: "training", name, type, value: null, help: "", low, high, choices: [], logarithmic: false };
}

/** What is wrong, by the name of the setting or of the job's own number; empty where nothing is. */
export function problems(settings: readonly Setting[], choices: Choices): Record<string, string> {
  const found: Record<string, string> = {};
  const look = (setting: Setting, text: string | undefined) => {
    const line = text === undefined ? null : problem(setting, text);
    if (line) found[setting.name] = line;
  };
  settings.forEach((setting) => look(setting, choices.texts[setting.name]));
  if (choices.kind === "kfold") look(OWN.folds, choices.folds);
  for (const name of ["limit", "minutes", "memory_mb"] as const) {
    if (choices[name].trim() !== "") look(OWN[name], choices[name]);
  }
  return found;
}

/** The job that the form asks for, with the settings alone that differ from the page. */
export function newJob(
  dataset: string,
  settings: readonly Setting[],
  choices: Choices,
  drawing: { graph: Message["Graph"] | null; document: string | null },
): Message["NewJob"] {
  const changed = settings.filter((setting) => isChanged(setting, choices.texts[setting.name]));
  return {
    kind: choices.kind,
    dataset,
    graph: drawing.graph,
    document: drawing.document,
    settings: Object.fromEntries(changed.map(({ name }) => [name, (choices.texts[name] ?? "").trim()])),
    folds: choices.kind === "kfold" ? Number(choices.folds) : 5,
    limit: Number(choices.limit || 0),
    minutes: choices.minutes.trim() ? Number(choices.minutes) : null,
    memory_mb: choices.memory_mb.trim() ? Number(choices.memory_mb) : null,
  };
}

/** The next value up (1) or down (-1) of a number that is tried by its order of magnitude, within its range. */
export function stepped(setting: Setting, text: string, direction: 1 | -1): string {
  const value = Number(text);
  if (!(value > 0)) return text;
  const next = setting.type === "int" ? powerOfTwo(value, direction) : oneOrThree(value, direction);
  return String(Math.min(setting.high ?? Infinity, Math.max(setting.low ?? -Infinity, next)));
}

function powerOfTwo(value: number, direction: 1 | -1): number {
  const exponent = Math.log2(value);
  return 2 ** (direction > 0 ? Math.floor(exponent) + 1 : Math.ceil(exponent) - 1);
}

/** 0.001, 0.003, 0.01, ...: half an order of magnitude each. */
function oneOrThree(value: number, direction: 1 | -1): number {
  const magnitude = Math.floor(Math.log10(value));
  const marks = [magnitude - 1, magnitude, magnitude + 1].flatMap((exponent) =>
    // By text: 3 * 10 ** -4 is 0.00030000000000000003.
    [1, 3].map((digit) => Number(`${digit}e${exponent}`)),
  );
  const found =
    direction > 0
      ? marks.find((mark) => mark > value * (1 + 1e-9))
      : marks.filter((mark) => mark < value * (1 - 1e-9)).at(-1);
  return found ?? value;
}

/** The errors of a server's answer, by setting; under "" what names none of them. */
export function serverProblems(error: unknown, names: readonly string[]): Record<string, string> {
  if (!error) return {};
  const message = error instanceof Error ? error.message : String(error);
  // "learning_rate: received 0; use ..." is how all settings are refused, maybe after the dataset's name (schemas/problems.py).
  const found = names.find((name) => new RegExp(`(^|[ .:])${name}: `).test(message));
  return { [found ?? ""]: message };
}
