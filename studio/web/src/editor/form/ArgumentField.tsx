import { useState } from "react";
import type { Argument, Palette } from "../../graph/model";
import { Field } from "../../ui/Field";
import { LayerField, LayersField } from "./LayerField";
import { ObjectField } from "./ObjectField";
import { placeholder, readText, sameValue, writeText } from "./parsing";

export interface FieldProps {
  argument: Argument;
  /** undefined: the default. */
  value: unknown;
  onChange: (value: unknown) => void;
  palette: Palette;
  /** What the check says of it. */
  problem?: string | null;
}

/** A constructor argument in the field that suits its kind. */
export function ArgumentField(props: FieldProps) {
  switch (props.argument.kind) {
    case "bool":
      return props.argument.optional ? (
        <ChoiceField {...props} choices={["true", "false"]} />
      ) : (
        <BoolField {...props} />
      );
    case "choice":
      return <ChoiceField {...props} choices={props.argument.choices} />;
    case "dtype":
      return <TextField {...props} />;
    case "object":
      return <ObjectField {...props} />;
    case "layer":
      return <LayerField {...props} />;
    case "layers":
      return <LayersField {...props} />;
    default:
      return <TextField {...props} />;
  }
}

/** A field that is typed into; what cannot be read stays in it, with the reason, and the layer keeps its last value. */
export function TextField({ argument, value, onChange, problem }: FieldProps) {
  const [typed, setTyped] = useState<{ text: string; of: unknown } | null>(null);
  // The typed text is shown as long as nobody else changes the value (undo, a fix).
  const mine = typed && sameValue(typed.of, value) ? typed.text : null;
  const read = mine === null ? null : readText(argument, mine);
  const number = argument.kind === "int" || argument.kind === "float";
  return (
    <Field label={label(argument)} help={<Help text={argument.help} />} error={read?.error ?? problem}>
      {(ids) => (
        <input
          {...ids}
          className="input"
          inputMode={number ? "decimal" : undefined}
          autoComplete="off"
          spellCheck={false}
          value={mine ?? writeText(argument, value)}
          placeholder={placeholder(argument)}
          onChange={(event) => {
            const text = event.target.value;
            const next = readText(argument, text);
            setTyped({ text, of: next.error ? value : next.value });
            if (!next.error && !sameValue(next.value, value)) onChange(next.value);
            else if (!next.error && next.value === undefined && value !== undefined) onChange(undefined);
          }}
          onBlur={() => read && !read.error && setTyped(null)}
        />
      )}
    </Field>
  );
}

function BoolField({ argument, value, onChange, problem }: FieldProps) {
  const on = Boolean(value ?? argument.default);
  return (
    <div className="field-switch">
      <Field label={label(argument)} help={<Help text={argument.help} />} error={problem}>
        {(ids) => (
          <input
            {...ids}
            type="checkbox"
            checked={on}
            onChange={(event) =>
              onChange(event.target.checked === argument.default ? undefined : event.target.checked)
            }
          />
        )}
      </Field>
    </div>
  );
}

function ChoiceField({ argument, value, onChange, problem, choices }: FieldProps & { choices: string[] }) {
  const read = (text: string) =>
    text === "" ? undefined : argument.kind === "bool" ? text === "true" : text;
  const shown = value === undefined ? "" : value === null ? "None" : String(value);
  const known = ["", "None", ...choices].includes(shown);
  return (
    <Field label={label(argument)} help={<Help text={argument.help} />} error={problem}>
      {(ids) => (
        <select
          {...ids}
          className="input"
          value={shown}
          onChange={(event) => onChange(event.target.value === "None" ? null : read(event.target.value))}
        >
          <option value="">{argument.required ? "Choose …" : `${placeholder(argument)} (default)`}</option>
          {argument.optional && argument.default !== null && <option value="None">None</option>}
          {choices.map((choice) => (
            <option key={choice} value={choice}>
              {choice}
            </option>
          ))}
          {!known && <option value={shown}>{shown}</option>}
        </select>
      )}
    </Field>
  );
}

export function label(argument: Argument): string {
  return argument.required ? `${argument.name} *` : argument.name;
}

/** The first sentence of an argument's documentation; the rest on request. */
export function Help({ text }: { text: string }) {
  const [open, setOpen] = useState(false);
  const plain = text.replaceAll("`", "").replace(/\s+/g, " ").trim();
  const end = plain.search(/\.(\s|$)/);
  const first = end === -1 ? plain : plain.slice(0, end + 1);
  if (!plain) return null;
  return (
    <>
      {open ? plain : first}
      {plain.length > first.length && (
        <>
          {" "}
          <button type="button" className="link-button" aria-expanded={open} onClick={() => setOpen(!open)}>
            {open ? "less" : "more"}
          </button>
        </>
      )}
    </>
  );
}
