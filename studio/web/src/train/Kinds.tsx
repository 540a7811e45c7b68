import { useId } from "react";
import type { Choices } from "./settingsForm";

const KINDS = [
  { kind: "run", label: "Train", says: "Learns, is judged, and is pushed where every check passes." },
  {
    kind: "kfold",
    label: "K-fold",
    says: "Trains once for each fold: how much of the metric is chance? Pushes nothing.",
  },
  {
    kind: "learning_curve",
    label: "Learning curve",
    says: "Trains on growing parts of the data: would more examples help? Pushes nothing.",
  },
] as const;

/** What is to be done with the model. */
export function Kinds({ kind, onKind }: { kind: Choices["kind"]; onKind: (kind: Choices["kind"]) => void }) {
  const name = useId();
  return (
    <fieldset className="kinds">
      <legend className="visually-hidden">What to do</legend>
      <div className="kinds-choices">
        {KINDS.map((each) => (
          <label key={each.kind}>
            <input
              type="radio"
              name={name}
              checked={each.kind === kind}
              onChange={() => onKind(each.kind)}
              className="visually-hidden"
            />
            <span>{each.label}</span>
          </label>
        ))}
      </div>
      <p className="field-help">{KINDS.find((each) => each.kind === kind)?.says}</p>
    </fieldset>
  );
}
