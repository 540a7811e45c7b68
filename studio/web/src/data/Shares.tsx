import { Field } from "../ui/Field";
import { type Edit, percents, type Split, SPLITS, withShare } from "./draft";

const MEANING: Record<Split, string> = {
  train: "the model learns from it",
  eval: "stops the training",
  test: "judges the model, once",
};

/** The shares of the splits, which sum to 100%. */
export function Shares({
  edit,
  rows,
  onChange,
}: {
  edit: Edit;
  rows: number;
  onChange: (edit: Edit) => void;
}) {
  const shares = percents(edit);
  return (
    <div className="stack">
      <div className="shares" aria-hidden>
        {SPLITS.map((split) => (
          <span key={split} data-split={split} style={{ width: `${shares[split]}%` }}>
            {shares[split] >= 8 && split}
          </span>
        ))}
      </div>
      <div className="shares-fields">
        {SPLITS.map((split) => (
          <Field
            key={split}
            label={`${split}, %`}
            help={`${MEANING[split]}: about ${Math.round((rows * shares[split]) / 100).toLocaleString("en")} rows`}
          >
            {(ids) => (
              <input
                className="input"
                type="number"
                min={1}
                max={98}
                value={shares[split]}
                onChange={(event) => onChange(withShare(edit, split, event.target.valueAsNumber))}
                {...ids}
              />
            )}
          </Field>
        ))}
      </div>
    </div>
  );
}
