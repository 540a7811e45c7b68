import { useEffect, useRef, useState } from "react";
import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";
import { DataTable } from "../ui/DataTable";
import { metricValue } from "../ui/format";
import { Fold } from "../ui/Fold";
import "./charts.css";
import type { Figure, Line } from "./series";

const HEIGHT = 220;

/** The curves of a training side by side, and their numbers as tables. Loaded when first shown: uPlot is large. */
export default function Curves({ figures, best }: { figures: readonly Figure[]; best: number | null }) {
  return (
    <div className="curves">
      {figures.map((figure) => (
        <Curve key={figure.title} figure={figure} best={best} />
      ))}
    </div>
  );
}

function Curve({ figure, best }: { figure: Figure; best: number | null }) {
  return (
    <figure className="curve" aria-label={`${figure.title} by epoch`}>
      <figcaption>
        <b>{figure.title}</b>
        <Legend lines={figure.lines} />
      </figcaption>
      <Plot figure={figure} best={best} />
      <Numbers figure={figure} />
    </figure>
  );
}

/** Train is dashed and eval is drawn through, so that the two differ without their colours, too. */
function Legend({ lines }: { lines: readonly Line[] }) {
  const splits = (["train", "eval"] as const).filter((split) => lines.some((line) => line.split === split));
  return (
    <span className="curve-legend">
      {splits.map((split) => {
        const values = lines.filter((line) => line.split === split);
        const last =
          values.length === 1 ? (values[0]?.values.filter((value) => value !== null).at(-1) ?? null) : null;
        return (
          <span key={split}>
            <i className={`curve-key curve-key-${split}`} aria-hidden /> {split}
            {last !== null && <b> {metricValue(last)}</b>}
          </span>
        );
      })}
    </span>
  );
}

function Plot({ figure, best }: { figure: Figure; best: number | null }) {
  const box = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | null>(null);
  const isDark = useDark();
  const labels = figure.lines.map(({ label }) => label).join();
  const marked = useRef(best);

  // Made anew where its lines or colours change; else new numbers are put into it.
  useEffect(() => {
    if (!box.current) return;
    const width = box.current.clientWidth;
    plot.current = new uPlot(options(figure.lines, width, marked), data(figure), box.current);
    const observer = new ResizeObserver(([entry]) => {
      if (entry) plot.current?.setSize({ width: entry.contentRect.width, height: HEIGHT });
    });
    observer.observe(box.current);
    return () => {
      observer.disconnect();
      plot.current?.destroy();
      plot.current = null;
    };
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [labels, isDark]);
  useEffect(() => {
    marked.current = best;
    plot.current?.setData(data(figure));
  }, [figure, best]);
  return <div ref={box} className="curve-plot" aria-hidden />;
}

function data(figure: Figure): uPlot.AlignedData {
  return [figure.epochs, ...figure.lines.map(({ values }) => values)];
}

function options(lines: readonly Line[], width: number, best: { current: number | null }): uPlot.Options {
  const color = colors();
  const axis = {
    stroke: color("--text-quiet"),
    grid: { stroke: color("--line"), width: 1 },
    ticks: { show: false },
  };
  return {
    width,
    height: HEIGHT,
    legend: { show: false },
    cursor: { y: false, drag: { x: false, y: false } },
    scales: { x: { time: false, range: (_, low, high) => [low, Math.max(high, low + 1)] } },
    axes: [
      { ...axis, grid: { show: false }, incrs: [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000], size: 32 },
      { ...axis, size: 52, values: (_, ticks) => ticks.map((tick) => String(+tick.toPrecision(4))) },
    ],
    series: [
      {},
      ...lines.map(({ label, split }) => ({
        label,
        stroke: color(split === "train" ? "--line-strong" : "--accent"),
        width: split === "train" ? 1.5 : 2,
        dash: split === "train" ? [5, 4] : undefined,
        points: { show: (plot: uPlot) => plot.data[0].length < 2 }, // one epoch is no line
        spanGaps: true,
      })),
    ],
    hooks: { draw: [(plot) => markBest(plot, best.current, color("--good"))], setCursor: [showValues] },
  };
}

/** A thin line at the epoch whose weights are kept. */
function markBest(plot: uPlot, best: number | null, color: string): void {
  if (best === null) return;
  const x = Math.round(plot.valToPos(best, "x", true));
  plot.ctx.save();
  plot.ctx.strokeStyle = color;
  plot.ctx.lineWidth = devicePixelRatio;
  plot.ctx.setLineDash([2 * devicePixelRatio, 3 * devicePixelRatio]);
  plot.ctx.beginPath();
  plot.ctx.moveTo(x, plot.bbox.top);
  plot.ctx.lineTo(x, plot.bbox.top + plot.bbox.height);
  plot.ctx.stroke();
  plot.ctx.restore();
}

/** The numbers under the pointer, in the corner of the plot. */
function showValues(plot: uPlot): void {
  let label = plot.over.querySelector<HTMLElement>(".curve-values");
  if (!label) {
    label = document.createElement("div");
    label.className = "curve-values";
    plot.over.append(label);
  }
  const at = plot.cursor.idx;
  const isOver = typeof at === "number" && (plot.cursor.left ?? -1) >= 0;
  label.hidden = !isOver;
  if (!isOver) return;
  const values = plot.series.slice(1).map((each, place) => {
    return `${String(each.label)} ${metricValue(plot.data[place + 1]?.[at] as number | null)}`;
  });
  label.textContent = [`epoch ${plot.data[0][at]}`, ...values.slice(0, 8)].join("\n");
}

function colors(): (name: string) => string {
  const style = getComputedStyle(document.documentElement);
  return (name) => style.getPropertyValue(name).trim();
}

function useDark(): boolean {
  const [query] = useState(() => window.matchMedia("(prefers-color-scheme: dark)"));
  const [isDark, setDark] = useState(query.matches);
  useEffect(() => {
    const change = () => setDark(query.matches);
    query.addEventListener("change", change);
    return () => query.removeEventListener("change", change);
  }, [query]);
  return isDark;
}

/** The same numbers for readers who do not see the curve, and for everybody who wants one of them. */
function Numbers({ figure }: { figure: Figure }) {
  return (
    <Fold summary={`${figure.title} as a table`} long className="curve-numbers">
      <DataTable
        caption={`${figure.title} as a table`}
        hideCaption
        head={["epoch", ...figure.lines.map(({ label }) => label)]}
        rows={figure.epochs.map((epoch, at) => ({
          key: String(epoch),
          cells: [
            epoch,
            ...figure.lines.map(({ values }) => (values[at] === null ? "" : metricValue(values[at]))),
          ],
        }))}
      />
    </Fold>
  );
}
