import { metricValue } from "../ui/format";

const WIDTH = 320;
const HEIGHT = 96;
const MARGIN = 6;

/** The next values of a series as a line, and as numbers. */
export function ForecastLine({ values, label }: { values: readonly number[]; label: string }) {
  return (
    <>
      <p className="answer-main">
        <span className="quiet">
          The next {values.length} of {label}
        </span>
      </p>
      <svg
        className="forecast-line"
        viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
        role="img"
        aria-label={described(values)}
      >
        <title>{described(values)}</title>
        <polyline points={points(values)} fill="none" stroke="currentColor" strokeWidth={2} />
      </svg>
      <p className="quiet">{values.map(metricValue).join(", ")}</p>
    </>
  );
}

/** What a reader who does not see the line is told. */
export function described(values: readonly number[]): string {
  return `${values.length} values: from ${metricValue(values[0])} to ${metricValue(values.at(-1))}`;
}

function points(values: readonly number[]): string {
  const [low, high] = [Math.min(...values), Math.max(...values)];
  return values
    .map((value, at) => {
      const x = MARGIN + ((WIDTH - 2 * MARGIN) * at) / Math.max(1, values.length - 1);
      const share = high > low ? (value - low) / (high - low) : 0.5;
      return `${x.toFixed(1)},${(HEIGHT - MARGIN - (HEIGHT - 2 * MARGIN) * share).toFixed(1)}`;
    })
    .join(" ");
}
