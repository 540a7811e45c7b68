import { Check as Yes, X as No } from "lucide-react";
import { bounds, count, counted, metricName, metricValue, sentence } from "../ui/format";
import { ends, type RunResult } from "./result";
import { asked, type Check, shortfall, subject } from "./words";

/** Whether the model is good enough, in words, and what that rests on. */
export function Verdict({ result }: { result: RunResult }) {
  const failed = result.checks.filter(({ passed }) => !passed);
  return (
    <>
      {result.blessed ? (
        <p className="verdict">
          <b>Blessed.</b> {counted(result.checks.length, "check")} passed
          {result.version ? (
            <>
              , and the model was pushed as version <b>{result.version}</b>.
            </>
          ) : (
            "."
          )}
        </p>
      ) : (
        <div className="verdict">
          <p>
            <b>Not blessed:</b> {failed.length} of {counted(result.checks.length, "check")} failed, so the
            model was not pushed.
          </p>
          <ul>
            {failed.map((check) => (
              <li key={`${check.kind} ${check.metric} ${check.of}`}>{shortfall(check)}</li>
            ))}
          </ul>
        </div>
      )}
      {result.repeated && <p className="quiet">Nothing changed since an earlier run: this is its result.</p>}
      {result.caution && <p className="note note-waiting">{result.caution}</p>}
      <Metrics result={result} />
      <Checks checks={result.checks} />
      <Remarks result={result} />
    </>
  );
}

function Metrics({ result }: { result: RunResult }) {
  return (
    <dl className="metrics">
      {Object.entries(result.metrics).map(([name, value]) => (
        <div key={name}>
          <dt>{metricName(name)}</dt>
          <dd>
            <b>{metricValue(value)}</b>
            <span className="quiet">{bounds(ends(result.intervals[name]))}</span>
            <Beside name={name} result={result} />
          </dd>
        </div>
      ))}
    </dl>
  );
}

function Beside({ name, result }: { name: string; result: RunResult }) {
  const last = result.baseline?.[name];
  const naive = result.naive[name];
  return (
    <>
      {last !== undefined && <span className="quiet">last blessed {metricValue(last)}</span>}
      {naive !== undefined && <span className="quiet">naive {metricValue(naive)}</span>}
    </>
  );
}

function Checks({ checks }: { checks: readonly Check[] }) {
  return (
    <ul className="checks" aria-label="Checks">
      {checks.map((check) => (
        <li
          key={`${check.kind} ${check.metric} ${check.of}`}
          className={check.passed ? "check-good" : "check-bad"}
        >
          {check.passed ? <Yes size={16} aria-hidden /> : <No size={16} aria-hidden />}
          <span>
            <b>{check.passed ? "Passed" : "Failed"}</b>: {subject(check)} {metricValue(check.value)}{" "}
            <span className="quiet">({asked(check)})</span>
          </span>
        </li>
      ))}
    </ul>
  );
}

function Remarks({ result }: { result: RunResult }) {
  const worst = result.worst_slice;
  const named = Object.entries(worst?.slice ?? {}).map(([column, value]) => `${column} ${value}`);
  const [name, value] = Object.entries(worst?.metrics ?? {})[0] ?? [];
  const lines = [
    `Judged on ${counted(result.examples, "example")} of the ${result.split} split.`,
    result.limit > 0 && `Of the data the first ${count(result.limit)} rows were read.`,
    worst && name && `Worst slice: ${named.join(", ")}, ${metricName(name)} ${metricValue(value)}.`,
    result.cases.count > 0 &&
      `Handpicked cases: ${result.cases.passed} of ${result.cases.count} as expected.`,
    result.baseline_note && `Not compared with the last blessed model: ${sentence(result.baseline_note)}`,
    result.devices && `Trained on ${result.devices}.`,
  ].filter(Boolean);
  return <p className="quiet">{lines.join(" ")}</p>;
}
