import { metricValue } from "../ui/format";
import "./charts.css";

const WIDTH = 96;
const HEIGHT = 24;
const MARGIN = 2;

/** A small curve, such as the eval loss by epoch: its text says where it began, ended and was lowest. */
export function Sparkline({ values, what }: { values: readonly number[]; what: string }) {
  const known = values.filter(Number.isFinite);
  if (known.length === 0) return null;
  return (
    <svg
      className="sparkline"
      width={WIDTH}
      height={HEIGHT}
      viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
      role="img"
      aria-label={described(known, what)}
    >
      <title>{described(known, what)}</title>
      <path d={path(known)} />
      <Dot values={known} at={known.indexOf(Math.min(...known))} />
    </svg>
  );
}

/** What a reader who does not see the curve is told. */
export function described(values: readonly number[], what: string): string {
  const [first, last] = [values[0], values.at(-1)];
  if (values.length < 2) return `${what}: ${metricValue(first)}`;
  const lowest = metricValue(Math.min(...values));
  return `${what} by epoch: from ${metricValue(first)} to ${metricValue(last)}, lowest ${lowest}`;
}

function point(values: readonly number[], at: number): [number, number] {
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const x = MARGIN + ((WIDTH - 2 * MARGIN) * at) / Math.max(1, values.length - 1);
  const share = high > low ? ((values[at] ?? low) - low) / (high - low) : 0.5;
  return [x, HEIGHT - MARGIN - (HEIGHT - 2 * MARGIN) * share];
}

function path(values: readonly number[]): string {
  const [x, y] = point(values, 0);
  // One epoch alone is a short dash: a path without length is not drawn.
  if (values.length === 1) return `M${x} ${y}h6`;
  return `M${values
    .map((_, at) =>
      point(values, at)
        .map((each) => each.toFixed(1))
        .join(" "),
    )
    .join("L")}`;
}

function Dot({ values, at }: { values: readonly number[]; at: number }) {
  const [x, y] = point(values, at);
  return <circle cx={x} cy={y} r={2} />;
}
