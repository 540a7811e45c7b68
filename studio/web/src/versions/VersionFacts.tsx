import type { Message } from "../api/client";
import { Badge } from "../ui/Badge";
import { DataTable } from "../ui/DataTable";
import { Fold } from "../ui/Fold";
import { bounds, metricName, metricValue, moment } from "../ui/format";

/** What is known of a version: its verdict, metrics and settings. */
export function VersionFacts({ row }: { row: Message["VersionRow"] }) {
  const names = Object.keys(row.metrics);
  const settings = Object.entries(row.parameters);
  return (
    <section className="card facts" aria-label="Facts">
      <p className="row version-badges">
        <Badge tone={row.blessed ? "good" : "bad"}>{row.blessed ? "blessed" : "not blessed"}</Badge>
        {row.drawn && <Badge>drawn</Badge>}
        {row.removed && <Badge tone="waiting">removed</Badge>}
        {row.labels.map((label) => (
          <Badge key={label} tone="good">
            {label}
          </Badge>
        ))}
        <span className="quiet">
          {[row.at && moment(row.at), row.serving_version && `serving version ${row.serving_version}`]
            .filter(Boolean)
            .join(", ")}
        </span>
      </p>
      <DataTable
        caption="Metrics"
        hideCaption
        head={["metric", "value", "95% interval"]}
        rows={names.map((name) => ({
          key: name,
          cells: [metricName(name), metricValue(row.metrics[name]), bounds(row.intervals[name])],
        }))}
      />
      {settings.length > 0 && (
        <Fold summary={`Settings (${settings.length})`}>
          <DataTable
            caption="Settings"
            hideCaption
            head={["setting", "value"]}
            rows={settings.map(([name, text]) => ({ key: name, cells: [name, text] }))}
          />
        </Fold>
      )}
    </section>
  );
}
