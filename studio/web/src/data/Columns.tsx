import type { Message } from "../api/client";
import { percent } from "../try/answer";
import {
  barsOf,
  type Draft,
  type Edit,
  histogramOf,
  type Kind,
  kindsOf,
  problemsOf,
  withKind,
} from "./draft";
import { Options } from "./Options";
import { Problems } from "./Problems";

const KINDS: Record<Kind, string> = {
  number: "a number",
  category: "a category",
  exact: "an exact number",
  text: "a text",
  timestamp: "a date or time",
  set: "several names",
  vector: "a list of numbers",
  latitude: "a latitude",
  longitude: "a longitude",
  image: "a picture",
  ignore: "left out",
};

/** Each column with its kind, why, and what its values look like. */
export function Columns({
  draft,
  edit,
  onChange,
}: {
  draft: Draft;
  edit: Edit;
  onChange: (edit: Edit) => void;
}) {
  return (
    <ul className="columns">
      {draft.columns.map((column) => (
        <li
          key={column.name}
          data-ignored={edit.kinds[column.name] === "ignore" && column.name !== edit.label}
        >
          <Column
            column={column}
            rows={draft.rows}
            kind={(edit.kinds[column.name] as Kind | undefined) ?? column.kind}
            isLabel={column.name === edit.label}
            onKind={(kind) => onChange(withKind(edit, column.name, kind))}
          />
          {column.name !== edit.label && <Options column={column} edit={edit} onChange={onChange} />}
          <Problems problems={problemsOf(draft, `columns.${column.name}`)} />
        </li>
      ))}
    </ul>
  );
}

function Column({
  column,
  rows,
  kind,
  isLabel,
  onKind,
}: {
  column: Message["DraftColumn"];
  rows: number;
  kind: Kind;
  isLabel: boolean;
  onKind: (kind: Kind) => void;
}) {
  const kinds = kindsOf(column);
  return (
    <div className="column">
      <div className="column-name">
        <strong>{column.name}</strong>
        <span className="field-help">{isLabel ? "what is predicted" : column.why}</span>
      </div>
      {isLabel ? (
        <span className="badge badge-good">label</span>
      ) : (
        <select
          className="input"
          aria-label={`Kind of ${column.name}`}
          value={kind}
          disabled={kinds.length === 1}
          onChange={(event) => onKind(event.target.value as Kind)}
        >
          {kinds.map((one) => (
            <option key={one} value={one}>
              {KINDS[one]}
            </option>
          ))}
        </select>
      )}
      <div className="column-facts field-help">
        <span>{column.missing > 0 ? `${percent(column.missing)} missing` : "none missing"}</span>
        <span>{column.distinct.toLocaleString("en")} different</span>
      </div>
      <Values column={column} rows={rows} isNumber={kind === "number"} />
    </div>
  );
}

function Values({
  column,
  rows,
  isNumber,
}: {
  column: Message["DraftColumn"];
  rows: number;
  isNumber: boolean;
}) {
  const histogram = isNumber ? histogramOf(column) : null;
  if (histogram) return <Histogram column={column} shares={histogram} />;
  const bars = barsOf(column, rows);
  if (bars.length > 0) {
    const most = Math.max(...bars.map((bar) => bar.share));
    return (
      <ul className="values" aria-label={`Values of ${column.name}`}>
        {bars.map((bar) => (
          <li key={bar.value}>
            <span className="values-name">{bar.value === "" ? "(empty)" : bar.value}</span>
            <span className="values-track" aria-hidden>
              <span style={{ width: `${(100 * bar.share) / (most || 1)}%` }} />
            </span>
            <span>{percent(bar.share)}</span>
          </li>
        ))}
      </ul>
    );
  }
  return (
    <div className="field-help column-examples">
      {column.minimum !== null && column.minimum !== undefined && (
        <div>
          {column.minimum} to {column.maximum}
        </div>
      )}
      {column.examples.length > 0 && <div>such as {column.examples.slice(0, 3).map(short).join(", ")}</div>}
    </div>
  );
}

function Histogram({ column, shares }: { column: Message["DraftColumn"]; shares: number[] }) {
  const most = Math.max(...shares);
  return (
    <div className="field-help">
      <div className="histogram" aria-hidden>
        {shares.map((share, index) => (
          <span key={index} style={{ height: `${(100 * share) / most}%` }} />
        ))}
      </div>
      <div className="histogram-ends">
        <span>{column.minimum}</span>
        <span>{column.maximum}</span>
      </div>
    </div>
  );
}

const short = (text: string) => (text.length > 60 ? `${text.slice(0, 60)} …` : text);
