import { Plus, Trash2 } from "lucide-react";
import { useMemo } from "react";
import { MODEL, type Palette } from "../../graph/model";
import { Button } from "../../ui/Button";
import { Field } from "../../ui/Field";
import { beginnings, kerasLayer } from "../changes/beginnings";
import { type FieldProps, Help, label } from "./ArgumentField";
import { ArgumentList } from "./ArgumentList";
import { type KerasObject, objectConfig, objectName } from "./parsing";

/** A layer inside of a layer (what a wrapper wraps), with its arguments below. */
export function LayerField({ argument, value, onChange, palette, problem }: FieldProps) {
  return (
    <div className="object-field">
      <Field label={label(argument)} help={<Help text={argument.help} />} error={problem}>
        {(ids) => <LayerSelect ids={ids} value={value} onChange={onChange} palette={palette} />}
      </Field>
      <InnerLayer value={value} onChange={onChange} palette={palette} />
    </div>
  );
}

/** A list of layers, such as the cells of StackedRNNCells. */
export function LayersField({ argument, value, onChange, palette, problem }: FieldProps) {
  const layers = Array.isArray(value) ? value : [];
  const put = (index: number, layer: unknown) =>
    onChange(layers.map((other, place) => (place === index ? layer : other)));
  return (
    <fieldset className="nested">
      <legend>{label(argument)}</legend>
      <span className="field-help">
        <Help text={argument.help} />
      </span>
      {problem && <span className="field-error">{problem}</span>}
      {layers.map((layer, index) => (
        <div key={index} className="stack">
          <div className="row nowrap">
            <LayerSelect
              ids={{ "aria-label": `${argument.name} ${index + 1}` }}
              value={layer}
              onChange={(next) => put(index, next)}
              palette={palette}
            />
            <Button
              look="plain"
              aria-label={`Remove ${argument.name} ${index + 1}`}
              onClick={() => onChange(layers.filter((_, place) => place !== index))}
            >
              <Trash2 size={16} aria-hidden />
            </Button>
          </div>
          <InnerLayer value={layer} onChange={(next) => put(index, next)} palette={palette} />
        </div>
      ))}
      <Button onClick={() => onChange([...layers, kerasLayer("Dense", { units: 64 })])}>
        <Plus size={16} aria-hidden /> Add a layer
      </Button>
    </fieldset>
  );
}

function LayerSelect({
  ids,
  value,
  onChange,
  palette,
}: Pick<FieldProps, "value" | "onChange" | "palette"> & { ids: Record<string, unknown> }) {
  const name = objectName(value) ?? "";
  const layers = useMemo(() => inner(palette), [palette]);
  return (
    <select
      {...ids}
      className="input"
      value={name}
      onChange={({ target }) => onChange(target.value ? begun(palette, target.value) : undefined)}
    >
      <option value="">Choose …</option>
      {layers.map(([group, names]) => (
        <optgroup key={group} label={group}>
          {names.map((layer) => (
            <option key={layer}>{layer}</option>
          ))}
        </optgroup>
      ))}
    </select>
  );
}

const NEVER_INSIDE = ["InputLayer", MODEL];

function inner(palette: Palette): [string, string[]][] {
  return palette.groups.map((group) => [
    group,
    palette.layers
      .filter((layer) => layer.group === group && !NEVER_INSIDE.includes(layer.name))
      .map((layer) => layer.name),
  ]);
}

function begun(palette: Palette, name: string): KerasObject {
  const layer = palette.layers.find((other) => other.name === name);
  return kerasLayer(name, layer ? beginnings(layer) : {});
}

function InnerLayer({ value, onChange, palette }: Pick<FieldProps, "value" | "onChange" | "palette">) {
  const layer = palette.layers.find((other) => other.name === objectName(value));
  if (!layer) return null;
  const config = objectConfig(value);
  const set = (name: string, given: unknown) => {
    const next = { ...config, [name]: given };
    if (given === undefined) delete next[name];
    onChange({ ...kerasLayer(layer.name, {}), ...(value as KerasObject), config: next });
  };
  return (
    <fieldset className="nested">
      <legend>{layer.name}</legend>
      <ArgumentList args={layer.arguments} config={config} onChange={set} palette={palette} />
    </fieldset>
  );
}
