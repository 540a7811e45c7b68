import { Minus, Plus, RotateCcw } from "lucide-react";
import { Button } from "../ui/Button";
import { Field } from "../ui/Field";
import { labelled } from "../ui/format";
import { Help } from "../ui/Help";
import { allowed, asText, isChanged, type Setting, stepped } from "./settingsForm";

interface Props {
  setting: Setting;
  text: string | undefined;
  error: string | undefined;
  withHelp: boolean;
  onText: (text: string | undefined) => void;
}

type Ids = { id: string; "aria-describedby"?: string; "aria-invalid"?: boolean };

/** A setting's field, by its type; the page's value can be taken back. */
export function SettingField({ setting, text, error, withHelp, onText }: Props) {
  const name = labelled(setting.name);
  const changed = isChanged(setting, text);
  const shown = text ?? asText(setting.value);
  const help = withHelp && setting.help ? <Help text={setting.help} /> : undefined;
  return (
    <Field
      label={
        <span title={setting.help.replaceAll("`", "")}>
          {name}
          {changed && <span className="setting-changed"> changed</span>}
        </span>
      }
      help={help}
      error={error}
    >
      {(ids) => (
        <div className="setting-control">
          <Control setting={setting} text={shown} ids={ids} onText={onText} />
          {changed && (
            <Button
              look="plain"
              className="icon-button"
              aria-label={`Back to ${asText(setting.value) || "nothing"}`}
              title={`The page has ${asText(setting.value) || "nothing"}`}
              onClick={() => onText(undefined)}
            >
              <RotateCcw size={15} aria-hidden />
            </Button>
          )}
        </div>
      )}
    </Field>
  );
}

function Control({
  setting,
  text,
  ids,
  onText,
}: {
  setting: Setting;
  text: string;
  ids: Ids;
  onText: (text: string) => void;
}) {
  if (setting.choices.length > 0 || setting.type === "bool") {
    const choices = setting.type === "bool" ? ["true", "false"] : setting.choices;
    const word = (choice: string) =>
      setting.type === "bool" ? { true: "yes", false: "no" }[choice] : choice;
    return (
      <select {...ids} className="input" value={text} onChange={(event) => onText(event.target.value)}>
        {choices.map((choice) => (
          <option key={choice} value={choice}>
            {word(choice)}
          </option>
        ))}
      </select>
    );
  }
  const isNumber = setting.type === "int" || setting.type === "float";
  return (
    <>
      <input
        {...ids}
        className="input"
        inputMode={isNumber ? "decimal" : undefined}
        autoComplete="off"
        spellCheck={false}
        placeholder={setting.type.startsWith("list") ? allowed(setting) : undefined}
        value={text}
        onChange={(event) => onText(event.target.value)}
      />
      {setting.logarithmic && <Steppers setting={setting} text={text} onText={onText} />}
    </>
  );
}

/** For numbers that are tried by their order of magnitude: one press is a step that makes a difference. */
function Steppers({
  setting,
  text,
  onText,
}: {
  setting: Setting;
  text: string;
  onText: (text: string) => void;
}) {
  const [less, more] = [stepped(setting, text, -1), stepped(setting, text, 1)];
  return (
    <>
      <Button
        className="icon-button"
        aria-label={`Decrease to ${less}`}
        disabled={less === text}
        onClick={() => onText(less)}
      >
        <Minus size={15} aria-hidden />
      </Button>
      <Button
        className="icon-button"
        aria-label={`Increase to ${more}`}
        disabled={more === text}
        onClick={() => onText(more)}
      >
        <Plus size={15} aria-hidden />
      </Button>
    </>
  );
}
