import type { Trial } from "../train/result";
import { metricValue } from "../ui/format";

const ROW = 30;
const LEFT = 8;
const WIDTH = 320;

/** Train and eval loss of each trial, joined by a line: the longer it is, the more was learned by heart. */
export function LossChart({ trials, best, most }: { trials: Trial[]; best: number; most: number }) {
  const x = (loss: number | null) => LEFT + ((WIDTH - 2 * LEFT) * Math.min(loss ?? most, most)) / (most || 1);
  return (
    <ul className="losses">
      {trials.map((trial) => (
        <li key={trial.number} data-best={trial.number === best}>
          <span className="losses-what">
            {trial.what}
            {trial.number === best && <strong> (the best)</strong>}
          </span>
          <svg viewBox={`0 0 ${WIDTH} ${ROW}`} aria-hidden preserveAspectRatio="none">
            <line x1={LEFT} x2={WIDTH - LEFT} y1={ROW / 2} y2={ROW / 2} className="losses-axis" />
            <line
              x1={x(trial.train_loss)}
              x2={x(trial.eval_loss)}
              y1={ROW / 2}
              y2={ROW / 2}
              className="losses-gap"
            />
            <rect
              x={x(trial.train_loss) - 5}
              y={ROW / 2 - 5}
              width="10"
              height="10"
              className="losses-train"
            />
            <circle cx={x(trial.eval_loss)} cy={ROW / 2} r="6" className="losses-eval" />
          </svg>
          <span className="losses-numbers">
            <span className="losses-train-text">{metricValue(trial.train_loss)}</span>{" "}
            <span className="losses-eval-text">{metricValue(trial.eval_loss)}</span>
          </span>
        </li>
      ))}
    </ul>
  );
}

/** What the signs of the chart mean. */
export function LossLegend() {
  return (
    <p className="quiet losses-legend">
      <svg viewBox="0 0 14 14" aria-hidden>
        <rect x="2" y="2" width="10" height="10" className="losses-train" />
      </svg>
      train loss
      <svg viewBox="0 0 14 14" aria-hidden>
        <circle cx="7" cy="7" r="6" className="losses-eval" />
      </svg>
      eval loss; further left is better, and the line between them is what was learned by heart
    </p>
  );
}
