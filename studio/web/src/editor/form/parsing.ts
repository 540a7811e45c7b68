import type { Argument } from "../../graph/model";

/** A text that was typed, read as an argument's value: undefined is the default. */
export type Read = { value: unknown; error?: undefined } | { error: string; value?: undefined };

const WHOLE = /^[+-]?\d+$/;
const DECIMAL = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;

/** Reads what was typed into the field of an argument; an empty one means its default. */
export function readText(argument: Argument, text: string): Read {
  const typed = text.trim();
  if (!typed) return { value: undefined };
  if (/^none$/i.test(typed) && argument.kind !== "str") {
    return argument.optional ? { value: null } : { error: `${argument.name} may not be None.` };
  }
  switch (argument.kind) {
    case "int":
    case "float":
      return readNumber(argument, typed);
    case "ints":
    case "floats":
    case "shape":
      return readList(argument, typed);
    case "json":
    case "object":
    case "layer":
    case "layers":
      return readJson(argument, typed);
    default:
      return { value: text };
  }
}

function readNumber(argument: Argument, typed: string): Read {
  const whole = argument.kind === "int" || argument.kind === "ints" || argument.kind === "shape";
  if (!(whole ? WHOLE : DECIMAL).test(typed)) {
    return { error: `${typed} is not a ${whole ? "whole number" : "number"}.` };
  }
  const value = Number(typed);
  const { low, high } = argument;
  if (low !== null && low !== undefined && value < low) return { error: `At least ${low}, not ${typed}.` };
  if (high !== null && high !== undefined && value > high) return { error: `At most ${high}, not ${typed}.` };
  return { value };
}

function readList(argument: Argument, typed: string): Read {
  const parts = typed
    .replace(/[()[\]]/g, "")
    .split(/[,\s×x]+/)
    .filter(Boolean);
  const values: unknown[] = [];
  for (const part of parts) {
    const none = argument.kind === "shape" && /^(none|\?)$/i.test(part);
    const read = none ? { value: null } : readNumber(argument, part);
    if (read.error) return read;
    values.push(read.value);
  }
  const single = values.length === 1 && argument.kind !== "shape" && !/^[([]|,/.test(typed);
  if (single) return { value: values[0] };
  if (argument.length && values.length !== argument.length) {
    return { error: `${argument.length} numbers, or one for all of them; ${values.length} were given.` };
  }
  return { value: values };
}

function readJson(argument: Argument, typed: string): Read {
  try {
    return { value: JSON.parse(typed) };
  } catch {
    return { error: `${argument.name} is written as JSON, as [1, 2] or "text"; this is not.` };
  }
}

/** A value as it is typed into the argument's field; empty for a default. */
export function writeText(argument: Argument, value: unknown): string {
  if (value === undefined) return "";
  if (value === null) return "None";
  if (argument.kind === "json") return JSON.stringify(value);
  if (Array.isArray(value)) {
    const text = value.map((part) => (part === null ? "None" : String(part))).join(", ");
    return value.length === 1 && argument.kind !== "shape" ? `${text},` : text;
  }
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}

/** What a field shows while it is empty. */
export function placeholder(argument: Argument): string {
  if (argument.required) return "needed";
  return argument.default === null || argument.default === undefined
    ? "None"
    : writeText(argument, argument.default);
}

export function sameValue(left: unknown, right: unknown): boolean {
  return JSON.stringify(left ?? null) === JSON.stringify(right ?? null);
}

/** An object as Keras keeps it: a name alone, or a class with its arguments. */
export interface KerasObject {
  module?: string;
  class_name: string;
  config: Record<string, unknown>;
  registered_name?: string | null;
}

/** The name in a value that stands for an initializer, a layer and so on; null for none. */
export function objectName(value: unknown): string | null {
  if (typeof value === "string") return value;
  if (value && typeof value === "object" && "class_name" in value) {
    // A function, such as an activation, is kept as {"class_name": "function", "config": "relu"}.
    const { class_name, config } = value as KerasObject;
    return typeof config === "string" ? config : class_name;
  }
  return null;
}

export function objectConfig(value: unknown): Record<string, unknown> {
  const config = value && typeof value === "object" ? (value as KerasObject).config : null;
  return config && typeof config === "object" ? config : {};
}

/** `GlorotUniform` and `glorot_uniform` are one: Keras takes both. */
export function sameName(left: string | null, right: string | null): boolean {
  const plain = (name: string | null) => name?.replaceAll("_", "").toLowerCase();
  return plain(left) === plain(right);
}
