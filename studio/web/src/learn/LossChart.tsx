import type { Trial } from "../train/result";
import { metricValue } from "../ui/format";
import { whatOf } from "./stages";

/** Train and eval loss of each trial, joined by a line: the longer it is, the more was learned by heart.
 *
 * `all` are the trials of the whole path, whose greatest loss ends the scale. */
export function LossChart({ trials, all, best }: { trials: Trial[]; all: Trial[]; best: number }) {
  const most = Math.max(...all.flatMap((trial) => [trial.eval_loss ?? 0, trial.train_loss ?? 0])) || 1;
  const place = (loss: number | null) => (100 * Math.min(loss ?? most, most)) / most;
  return (
    <ul className="losses">
      <li className="losses-head" aria-hidden>
        <span />
        <span className="losses-numbers">
          <span>train</span> <span>eval</span>
        </span>
      </li>
      {trials.map((trial) => {
        const [train, evaluation] = [place(trial.train_loss), place(trial.eval_loss)];
        return (
          <li key={trial.number} data-best={trial.number === best}>
            <span className="losses-what">
              {whatOf(trial, all)}
              {trial.number === best && <strong> (the best)</strong>}
            </span>
            <span className="losses-track" aria-hidden>
              <span
                className="losses-gap"
                style={{ left: `${Math.min(train, evaluation)}%`, width: `${Math.abs(evaluation - train)}%` }}
              />
              <span className="losses-train" style={{ left: `${train}%` }} />
              <span className="losses-eval" style={{ left: `${evaluation}%` }} />
            </span>
            <span className="losses-numbers">
              <span>
                <span className="visually-hidden">train loss </span>
                {metricValue(trial.train_loss)}
              </span>{" "}
              <span>
                <span className="visually-hidden">eval loss </span>
                {metricValue(trial.eval_loss)}
              </span>
            </span>
          </li>
        );
      })}
    </ul>
  );
}

/** What the signs of the chart mean. */
export function LossLegend() {
  return (
    <p className="quiet losses-legend">
      <span>
        <span className="losses-train" aria-hidden /> train loss
      </span>
      <span>
        <span className="losses-eval" aria-hidden /> eval loss
      </span>
      <span>Further left is better. The line between them is what was learned by heart.</span>
    </p>
  );
}
