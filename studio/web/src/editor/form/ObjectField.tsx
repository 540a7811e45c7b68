import { Field } from "../../ui/Field";
import { type FieldProps, Help, label } from "./ArgumentField";
import { ArgumentList } from "./ArgumentList";
import { objectConfig, objectName, placeholder, sameName } from "./parsing";

/** An initializer, a regularizer, a constraint or an activation: its name, and its own arguments below. */
export function ObjectField({ argument, value, onChange, palette, problem }: FieldProps) {
  const objects = palette.objects[argument.objects ?? ""] ?? [];
  const name = objectName(value);
  const chosen = objects.find((object) => sameName(object.name, name));
  const config = objectConfig(value);
  const byDefault = objectName(argument.default) ?? placeholder(argument);
  const shown = value === undefined ? "" : value === null ? "None" : (chosen?.name ?? name ?? "");
  const set = (name: string, argument: string, given: unknown) => {
    const next = { ...config, [argument]: given };
    if (given === undefined) delete next[argument];
    onChange(Object.keys(next).length ? { class_name: name, config: next } : name);
  };
  return (
    <div className="object-field">
      <Field label={label(argument)} help={<Help text={argument.help} />} error={problem}>
        {(ids) => (
          <select
            {...ids}
            className="input"
            value={shown}
            onChange={({ target }) =>
              onChange(target.value === "" ? undefined : target.value === "None" ? null : target.value)
            }
          >
            <option value="">{argument.required ? "Choose …" : `${byDefault} (default)`}</option>
            {argument.optional && argument.default !== null && <option value="None">None</option>}
            {objects.map((object) => (
              <option key={object.name} value={object.name}>
                {object.name}
              </option>
            ))}
            {name && !chosen && <option value={name}>{name}</option>}
          </select>
        )}
      </Field>
      {chosen && chosen.arguments.length > 0 && (
        <fieldset className="nested">
          <legend>{chosen.name}</legend>
          <ArgumentList
            args={chosen.arguments}
            config={config}
            onChange={(name, given) => set(chosen.name, name, given)}
            palette={palette}
          />
        </fieldset>
      )}
    </div>
  );
}
