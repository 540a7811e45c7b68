import type { ReactNode } from "react";
import type { Message } from "../api/client";
import { metricValue } from "../ui/format";
import { type Bar, type Interval, percent, type Shown, shownOf } from "./answer";
import { ForecastLine } from "./ForecastLine";

const MOST = 10; // bars at first; the others are one press away

/** The answer in one line, for a phone, where the answer lies below what one draws. */
export function AnswerStrip({ reply }: { reply: Message["Reply"] }) {
  const shown = shownOf(reply.output);
  return (
    <div className="answer-strip" aria-hidden>
      {shown && <InShort shown={shown} />}
    </div>
  );
}

function InShort({ shown }: { shown: Shown }) {
  switch (shown.kind) {
    case "class":
      return (
        <>
          <strong>{shown.name}</strong> {percent(shown.confidence)}
        </>
      );
    case "classes":
      return <strong>{allOf(shown.names)}</strong>;
    case "value":
      return <strong>{metricValue(shown.value)}</strong>;
    case "values":
      return <strong>{shown.values.slice(0, 4).map(metricValue).join(", ")}</strong>;
    case "several":
      return shown.answers.map((one) => (
        <span key={one.label}>
          {one.label} <InShort shown={one.shown} />{" "}
        </span>
      ));
  }
}

/** What the model answers. */
export function Answer({
  reply,
  form,
  waiting,
}: {
  reply: Message["Reply"];
  form: Message["Form"];
  waiting: boolean;
}) {
  const shown = shownOf(reply.output);
  return (
    <div className="answer" data-waiting={waiting}>
      {shown && <Whole shown={shown} label={form.label} />}
      <p className="quiet answer-foot">
        {reply.model} {reply.version}, {reply.milliseconds.toFixed(0)} ms
      </p>
    </div>
  );
}

/** An answer to one label; of several one below the other. */
function Whole({ shown, label }: { shown: Shown; label: string }) {
  switch (shown.kind) {
    case "value":
      return (
        <>
          <Main name={metricValue(shown.value)}>{label}</Main>
          {shown.interval && <Ends value={shown.value} interval={shown.interval} />}
        </>
      );
    case "values":
      return <ForecastLine values={shown.values} label={label} />;
    case "class":
      return (
        <>
          <Main name={shown.name}>
            {label}, {percent(shown.confidence)} sure
          </Main>
          <AllBars bars={shown.bars} />
        </>
      );
    case "classes":
      return (
        <>
          <Main name={allOf(shown.names)}>{label}</Main>
          <AllBars bars={shown.bars} />
        </>
      );
    case "several":
      return shown.answers.map((one) => (
        <section className="answer-one" key={one.label} aria-label={one.label}>
          <Whole shown={one.shown} label={one.label} />
        </section>
      ));
  }
}

function Main({ name, children }: { name: string; children: ReactNode }) {
  return (
    <p className="answer-main">
      <span className="answer-name">{name}</span>
      <span className="quiet">{children}</span>
    </p>
  );
}

function AllBars({ bars }: { bars: Bar[] }) {
  return (
    <>
      <Bars bars={bars.slice(0, MOST)} />
      {bars.length > MOST && (
        <details>
          <summary>All {bars.length} classes</summary>
          <Bars bars={bars.slice(MOST)} />
        </details>
      )}
    </>
  );
}

/** The classes of an answer that may have several, or none. */
function allOf(names: readonly string[]): string {
  return names.join(", ") || "none of them";
}

/** The interval as a line with the value on it, and in words. */
function Ends({ value, interval }: { value: number; interval: Interval }) {
  const { low, high, share } = interval;
  const place = high > low ? (100 * (value - low)) / (high - low) : 50;
  return (
    <div className="ends">
      <div className="ends-line" aria-hidden>
        <span style={{ left: `${place}%` }} />
      </div>
      <p>
        {metricValue(low)} to {metricValue(high)}{" "}
        <span className="quiet">{percent(share)} of the labels lie in their interval</span>
      </p>
    </div>
  );
}

function Bars({ bars }: { bars: Bar[] }) {
  return (
    <ol className="bars" aria-label="Probability of each class">
      {bars.map((bar) => (
        <li key={bar.name} data-chosen={bar.chosen}>
          <span className="bar-name">{bar.name}</span>
          <span className="bar-track" aria-hidden>
            <span style={{ width: `${100 * bar.share}%` }} />
          </span>
          <span className="bar-share">{percent(bar.share)}</span>
        </li>
      ))}
    </ol>
  );
}
