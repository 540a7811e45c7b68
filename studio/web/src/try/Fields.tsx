import { Sparkles } from "lucide-react";
import type { Message } from "../api/client";
import { Button } from "../ui/Button";
import { Field } from "../ui/Field";
import { type Errors, type Values, valuesOf } from "./input";
import { PictureField } from "./PictureField";

/** The form of a request: one field for each column of the model's input. */
export function Fields({
  form,
  values,
  errors,
  onChange,
}: {
  form: Message["Form"];
  values: Values;
  errors: Errors;
  onChange: (values: Values) => void;
}) {
  const example = valuesOf(form, form.example ?? {});
  const set = (name: string, value: Values[string]) => onChange({ ...values, [name]: value });
  const picturesOnly = form.fields.every((field) => field.kind === "image");
  return (
    <div className="stack">
      {!picturesOnly && (
        <div className="row">
          <Button onClick={() => onChange(example)}>
            <Sparkles size={16} aria-hidden /> Use the example
          </Button>
        </div>
      )}
      <div className={form.fields.length > 3 ? "fields fields-many" : "fields"}>
        {form.fields.map((field) => {
          const value = values[field.name] ?? null;
          if (field.kind === "image")
            return (
              <PictureField
                key={field.name}
                field={field}
                whiteOnBlack={form.white_on_black ?? true}
                value={typeof value === "string" ? null : value}
                example={pictureOr(example[field.name])}
                error={errors[field.name]}
                onChange={(picture) => set(field.name, picture)}
              />
            );
          return (
            <TextField
              key={field.name}
              field={field}
              value={typeof value === "string" ? value : ""}
              error={errors[field.name]}
              onChange={(text) => set(field.name, text)}
            />
          );
        })}
      </div>
    </div>
  );
}

const pictureOr = (value: Values[string] | undefined) => (typeof value === "string" || !value ? null : value);

function helpOf(field: Message["FormField"], range?: string): string | undefined {
  if (field.kind === "vector") return `${field.length} numbers, with spaces or commas between them`;
  if (field.kind === "set") {
    const known = (field.names ?? []).join(", ");
    return `names with ${field.separator} between them${known && `; known are ${known}`}`;
  }
  return range && `trained on ${range}`;
}

function TextField({
  field,
  value,
  error,
  onChange,
}: {
  field: Message["FormField"];
  value: string;
  error?: string;
  onChange: (text: string) => void;
}) {
  const names = field.names ?? [];
  const missing = field.optional ? "may be left empty" : undefined;
  const range =
    typeof field.low === "number" && typeof field.high === "number"
      ? `${field.low} to ${field.high}`
      : undefined;
  return (
    <Field label={field.name} error={error} help={helpOf(field, range)}>
      {(ids) => {
        if (field.kind === "choice" && names.length > 0)
          return (
            <select
              className="input"
              value={value}
              onChange={(event) => onChange(event.target.value)}
              {...ids}
            >
              {(field.optional || value === "") && <option value="">(missing)</option>}
              {value !== "" && !names.includes(value) && <option value={value}>{value}</option>}
              {names.map((name) => (
                <option key={name}>{name}</option>
              ))}
            </select>
          );
        const shared = { ...ids, className: "input", value, placeholder: missing };
        if (field.kind === "text" || field.kind === "vector")
          return (
            <textarea
              {...shared}
              rows={field.kind === "text" ? 6 : 3}
              onChange={(event) => onChange(event.target.value)}
            />
          );
        return (
          <input
            {...shared}
            type={field.kind === "timestamp" ? "datetime-local" : "text"}
            step={field.kind === "timestamp" ? "any" : undefined}
            inputMode={field.kind === "number" || field.kind === "exact" ? "decimal" : undefined}
            autoComplete="off"
            spellCheck={false}
            onChange={(event) => onChange(event.target.value)}
          />
        );
      }}
    </Field>
  );
}
