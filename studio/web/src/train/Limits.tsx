import type { Message } from "../api/client";
import { Field } from "../ui/Field";
import { Fold } from "../ui/Fold";
import type { Choices } from "./settingsForm";

interface Props {
  choices: Choices;
  errors: Record<string, string>;
  limits: Message["Limits"] | null;
  onChange: (part: Partial<Choices>) => void;
}

/** The most rows, minutes and memory of a job. */
export function Limits({ choices, errors, limits, onChange }: Props) {
  return (
    <Fold summary="Limits" open={Boolean(errors.limit || errors.minutes || errors.memory_mb)}>
      <div className="setting-grid">
        <NumberField
          label="Most rows"
          placeholder="all"
          help="The first rows alone: for a quick try. Such a model is not compared with the others."
          text={choices.limit}
          error={errors.limit}
          onText={(limit) => onChange({ limit })}
        />
        <NumberField
          label="Most minutes"
          placeholder={limits ? String(limits.minutes) : ""}
          help="It is stopped then."
          text={choices.minutes}
          error={errors.minutes}
          onText={(minutes) => onChange({ minutes })}
        />
        <NumberField
          label="Most memory (MB)"
          placeholder={limits ? String(limits.memory_mb) : ""}
          help="It is stopped when it takes more."
          text={choices.memory_mb}
          error={errors.memory_mb}
          onText={(memory_mb) => onChange({ memory_mb })}
        />
      </div>
    </Fold>
  );
}

/** A number that is no setting of the page. */
export function NumberField({
  label,
  help,
  placeholder,
  text,
  error,
  onText,
}: {
  label: string;
  help?: string;
  placeholder?: string;
  text: string;
  error: string | undefined;
  onText: (text: string) => void;
}) {
  return (
    <Field label={label} help={help} error={error}>
      {(ids) => (
        <input
          {...ids}
          className="input"
          inputMode="decimal"
          autoComplete="off"
          placeholder={placeholder}
          value={text}
          onChange={(event) => onText(event.target.value)}
        />
      )}
    </Field>
  );
}
