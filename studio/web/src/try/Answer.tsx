import type { Message } from "../api/client";
import { metricValue } from "../ui/format";
import { type Interval, percent, shownOf } from "./answer";
import { ForecastLine } from "./ForecastLine";

const MOST = 10; // bars at first; the others are one press away

/** The answer in one line, for a phone, where the answer lies below what one draws. */
export function AnswerStrip({ reply }: { reply: Message["Reply"] }) {
  const shown = shownOf(reply.output);
  return (
    <div className="answer-strip" aria-hidden>
      {shown?.kind === "class" && (
        <>
          <strong>{shown.name}</strong> {percent(shown.confidence)}
        </>
      )}
      {shown?.kind === "value" && <strong>{metricValue(shown.value)}</strong>}
      {shown?.kind === "values" && <strong>{shown.values.slice(0, 4).map(metricValue).join(", ")}</strong>}
    </div>
  );
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
      {shown?.kind === "value" && (
        <p className="answer-main">
          <span className="answer-name">{metricValue(shown.value)}</span>
          <span className="quiet">{form.label}</span>
        </p>
      )}
      {shown?.kind === "value" && shown.interval && <Ends value={shown.value} interval={shown.interval} />}
      {shown?.kind === "values" && <ForecastLine values={shown.values} label={form.label} />}
      {shown?.kind === "class" && (
        <>
          <p className="answer-main">
            <span className="answer-name">{shown.name}</span>
            <span className="quiet">
              {form.label}, {percent(shown.confidence)} sure
            </span>
          </p>
          <Bars bars={shown.bars.slice(0, MOST)} />
          {shown.bars.length > MOST && (
            <details>
              <summary>All {shown.bars.length} classes</summary>
              <Bars bars={shown.bars.slice(MOST)} />
            </details>
          )}
        </>
      )}
      <p className="quiet answer-foot">
        {reply.model} {reply.version}, {reply.milliseconds.toFixed(0)} ms
      </p>
    </div>
  );
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

function Bars({ bars }: { bars: { name: string; share: number; chosen: boolean }[] }) {
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
