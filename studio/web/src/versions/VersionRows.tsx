import { useState } from "react";
import { Link } from "wouter";
import type { Message } from "../api/client";
import { Sparkline } from "../charts/Sparkline";
import { Badge } from "../ui/Badge";
import { Fold } from "../ui/Fold";
import { bounds, counted, metricName, metricValue, moment } from "../ui/format";
import { comparePath, toggled, versionPath } from "./choosing";
import "./versions.css";

type Row = Message["VersionRow"];

/** The versions of a model, newest first; those that were refused are folded away. Two may be chosen to be compared. */
export function VersionRows({ versions }: { versions: Message["Versions"] }) {
  const [chosen, setChosen] = useState<readonly string[]>([]);
  const pushed = versions.rows.filter(({ version }) => version !== null);
  const refused = versions.rows.filter(({ version }) => version === null);
  const rows = (of: readonly Row[], label: string) => (
    <ul className="version-rows" aria-label={label}>
      {of.map((row) => (
        <VersionRow
          key={row.id}
          row={row}
          versions={versions}
          chosen={chosen.includes(row.id)}
          onToggle={() => setChosen((before) => toggled(before, row.id))}
        />
      ))}
    </ul>
  );
  return (
    <>
      {pushed.length === 0 && <p className="quiet">No version was pushed yet.</p>}
      {rows(pushed, "Versions")}
      {refused.length > 0 && (
        <Fold summary={`${counted(refused.length, "refused model")}`} open={pushed.length === 0}>
          {rows(refused, "Refused models")}
        </Fold>
      )}
      {versions.rows.length > 1 && <CompareBar versions={versions} chosen={chosen} />}
    </>
  );
}

function VersionRow({
  row,
  versions,
  chosen,
  onToggle,
}: {
  row: Row;
  versions: Message["Versions"];
  chosen: boolean;
  onToggle: () => void;
}) {
  const primary = versions.primary_metric;
  return (
    <li className="card version-row">
      <label className="version-choose">
        <input type="checkbox" checked={chosen} onChange={onToggle} />
        <span className="visually-hidden">Choose {row.id} for a comparison</span>
      </label>
      <div className="version-what">
        <span className="row">
          <Link to={versionPath(versions.dataset, row.id)} className="version-link">
            {row.version ?? `refused, ${row.at ? moment(row.at) : row.id}`}
          </Link>
          {row.labels.map((label) => (
            <Badge key={label} tone="good">
              {label}
            </Badge>
          ))}
          {row.drawn && <Badge>drawn</Badge>}
          {row.removed && <Badge tone="waiting">removed</Badge>}
        </span>
        {row.version && row.at && <span className="quiet">{moment(row.at)}</span>}
      </div>
      <Sparkline values={row.sparkline} what={`Eval loss of ${row.id}`} />
      {primary && (
        <div className="version-metric">
          <span className="quiet">{metricName(primary)}</span> <b>{metricValue(row.metrics[primary])}</b>
          <span className="quiet version-interval">{bounds(row.intervals[primary])}</span>
        </div>
      )}
    </li>
  );
}

function CompareBar({ versions, chosen }: { versions: Message["Versions"]; chosen: readonly string[] }) {
  const path = comparePath(versions, chosen);
  return (
    <div className="row compare-bar">
      {path ? (
        <Link className="button button-primary" to={path}>
          Compare
        </Link>
      ) : (
        <span className="quiet">
          {chosen.length === 1 ? "Choose one more to compare the two." : "Choose two to compare them."}
        </span>
      )}
    </div>
  );
}
