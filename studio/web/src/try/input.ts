import type { Message } from "../api/client";

/** A picture's file as the gateway takes it. */
export type Picture = { b64: string };
/** What the form holds by field: text as typed, a picture, or nothing. */
export type Values = Record<string, string | Picture | null>;
export type Errors = Record<string, string>;

/** The form's values as an input of the gateway, or what is wrong by field. */
export function inputOf(
  form: Message["Form"],
  values: Values,
): { input: Record<string, unknown>; errors: Errors } {
  const input: Record<string, unknown> = {};
  const errors: Errors = {};
  for (const field of form.fields) {
    const value = values[field.name] ?? null;
    if (field.kind === "image") {
      if (value === null || typeof value === "string") errors[field.name] = "A picture is needed.";
      else input[field.name] = value;
      continue;
    }
    const text = typeof value === "string" ? value : "";
    if (text.trim() === "") {
      if (!field.optional) errors[field.name] = "A value is needed.";
      else input[field.name] = null;
    } else if (field.kind === "number") {
      const number = numberOf(text);
      if (number === null) errors[field.name] = `“${text}” is not a number; write it as 1234.5.`;
      else input[field.name] = number;
    } else input[field.name] = text;
  }
  return { input, errors };
}

function numberOf(text: string): number | null {
  const trimmed = text.trim();
  if (!/^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(trimmed)) return null;
  const number = Number(trimmed);
  return Number.isFinite(number) ? number : null;
}

/** The form filled with an example. */
export function valuesOf(form: Message["Form"], example: Record<string, unknown>): Values {
  return Object.fromEntries(
    form.fields.map((field) => {
      const value = example[field.name] ?? field.example ?? null;
      if (field.kind === "image") return [field.name, pictureValue(value)];
      return [field.name, textOf(field, value)];
    }),
  );
}

/** A value of an example as its field shows it; the gateway takes these texts as they are. */
function textOf(field: Message["FormField"], value: unknown): string {
  if (Array.isArray(value)) return value.join(field.kind === "set" ? (field.separator ?? "|") : ", ");
  // A browser's picker of dates takes milliseconds and no more digits.
  if (field.kind === "timestamp") return String(value ?? "").slice(0, "2024-12-31T18:30:00.000".length);
  return value === null ? "" : String(value);
}

function pictureValue(value: unknown): Picture | null {
  if (typeof value === "string") return { b64: value.replace(/^data:[^,]*,/, "") };
  if (value && typeof value === "object" && "b64" in value) return { b64: String(value.b64) };
  return null;
}

/** The server's errors by field, of the gateway's problem document; those of no field are under "". */
export function errorsOf(document: unknown): Errors {
  const found = (document as { errors?: { field?: string | null; detail?: string }[] } | null)?.errors;
  if (!Array.isArray(found)) return {};
  return Object.fromEntries(
    found.map((error) => [error.field ?? "", error.detail ?? "This value is not taken."]),
  );
}
