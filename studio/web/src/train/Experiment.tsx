import { DataTable } from "../ui/DataTable";
import { bounds, count, counted, metricName, metricValue, sentence } from "../ui/format";
import { type CrossValidation, ends, type LearningCurve, type Search, type Trial } from "./result";

/** The result of `slipway kfold`. */
export function Folds({ result }: { result: CrossValidation }) {
  const names = Object.keys(result.metrics);
  const mean = result.metrics[result.primary]?.mean;
  return (
    <>
      <p className="verdict">
        <b>
          {metricName(result.primary)} {metricValue(mean?.value)}
        </b>{" "}
        on average over {counted(result.folds, "fold")} ({bounds(ends(mean)) || "no interval"}); the naive
        baseline has {metricValue(result.naive.mean.value)}.
      </p>
      <DataTable
        caption="Metrics over the folds"
        head={["metric", "mean", "95% interval", "deviation", "lowest", "highest"]}
        rows={names.map((name) => {
          const spread = result.metrics[name];
          const numbers = [spread?.deviation, spread?.lowest, spread?.highest].map(metricValue);
          return {
            key: name,
            cells: [
              metricName(name),
              metricValue(spread?.mean.value),
              bounds(ends(spread?.mean)),
              ...numbers,
            ],
          };
        })}
      />
      <DataTable
        caption="Every fold"
        head={["fold", ...names.map(metricName), "seconds"]}
        rows={result.results.map(({ repeat, fold, metrics, seconds, cached }) => ({
          key: `${repeat}.${fold}`,
          cells: [
            result.repeats > 1 ? `${repeat}.${fold}` : fold,
            ...names.map((name) => metricValue(metrics[name])),
            cached ? "cached" : seconds.toFixed(1),
          ],
        }))}
      />
      <p className="quiet">
        {count(result.rows)} examples were divided; {count(result.held_out)} of the test split were seen by no
        fold. {result.notes.map(sentence).join(" ")}
      </p>
    </>
  );
}

/** The result of `slipway learning-curve`. */
export function Sizes({ result }: { result: LearningCurve }) {
  return (
    <>
      <p className="verdict">
        <b>{result.fit.sentence}</b>
      </p>
      <p className="quiet">{result.fit.evidence.join(" ")}</p>
      {result.fit.suggestion && (
        <p>
          To try: <code>{result.fit.suggestion}</code>: {result.fit.why}.
        </p>
      )}
      <DataTable
        caption="By training-set size"
        head={[
          "examples",
          "train loss",
          "eval loss",
          metricName(result.primary),
          "95% interval",
          "best epoch",
        ]}
        rows={result.points.map((point) => ({
          key: String(point.examples),
          cells: [
            count(point.examples),
            metricValue(point.train),
            metricValue(point.eval),
            metricValue(point.metric.value),
            bounds(ends(point.metric)),
            point.best_epochs.join(", "),
          ],
        }))}
      />
      <p className="quiet">
        Measured on {counted(result.eval_examples, "example")} of the eval split, where the naive baseline has{" "}
        {metricValue(result.naive)}.
      </p>
    </>
  );
}

/** The result of `slipway workflow`. */
export function Trials({ result }: { result: Search }) {
  const best = result.trials.find(({ number }) => number === result.best);
  const primary = metricName(result.primary);
  return (
    <>
      <p className="verdict">
        <b>
          Trial {result.best} is the best of {result.trials.length - 1}
        </b>
        : {best?.what}. On the test split, which chose nothing, its {primary} is{" "}
        {metricValue(result.test[result.primary])}; the naive baseline has{" "}
        {metricValue(result.naive[result.primary])}.
      </p>
      {result.settings.length > 0 && (
        <p>
          Its settings: <code>{result.settings.join(" ")}</code>
        </p>
      )}
      <DataTable
        caption="Trials"
        head={[
          "trial",
          "stage",
          "what",
          "parameters",
          "best epoch",
          "train loss",
          "eval loss",
          primary,
          "fit",
        ]}
        rows={result.trials.map((trial) => ({
          key: String(trial.number),
          cells: trialCells(trial, result.primary),
          lit: trial.number === result.best,
        }))}
      />
      {result.notes.map((note) => (
        <p key={note} className="quiet">
          {sentence(note)}
        </p>
      ))}
    </>
  );
}

function trialCells(trial: Trial, primary: string): string[] {
  return [
    trial.number ? String(trial.number) : "–",
    trial.stage,
    trial.what,
    trial.number ? count(trial.parameters) : "",
    trial.number ? `${trial.best_epoch} of ${trial.epochs}` : "",
    metricValue(trial.train_loss),
    metricValue(trial.eval_loss),
    metricValue(trial.eval[primary]),
    trial.fit,
  ];
}
