import { Link, useParams } from "wouter";
import { api, type Message } from "../api/client";
import { DataTable } from "../ui/DataTable";
import { ErrorNote } from "../ui/ErrorNote";
import { sentence } from "../ui/format";
import { Spinner } from "../ui/Spinner";
import { betweenPath, datasetPath, versionPath } from "../versions/choosing";
import { GraphDifference } from "../versions/GraphDifference";
import { LatencyTable } from "../versions/LatencyTable";
import { MetricDifferences } from "../versions/MetricDifferences";
import "../versions/versions.css";

/** Two versions side by side. */
export default function Compare() {
  const { name = "", left = "", right = "" } = useParams<{ name: string; left: string; right: string }>();
  const params = { path: { name }, query: { left, right } };
  const { data, error } = api.useQuery("get", "/api/datasets/{name}/compare", { params });
  return (
    <main className="page">
      <p className="crumbs">
        <Link to={datasetPath(name)}>{name}</Link>
      </p>
      <h1>
        {name}: {data ? called(data.left) : left} and {data ? called(data.right) : right}
      </h1>
      <ErrorNote error={error} />
      {!data && !error && <Spinner label="Comparing the two" />}
      {/* openapi-fetch loses that pairs have two values. */}
      {data && <Differences name={name} comparison={data as Message["Comparison"]} />}
    </main>
  );
}

function called(row: Message["VersionRow"]): string {
  return row.version ?? `refused ${row.id}`;
}

function Differences({ name, comparison }: { name: string; comparison: Message["Comparison"] }) {
  const { left, right, metrics, settings, left_graph, right_graph, difference, notes } = comparison;
  const names = { left: called(left), right: called(right) };
  const rows = Object.entries(settings);
  return (
    <>
      <div className="row">
        <Link className="button" to={versionPath(name, left.id)}>
          {names.left}: its report
        </Link>
        <Link className="button" to={versionPath(name, right.id)}>
          {names.right}: its report
        </Link>
        <Link className="button" to={betweenPath(name, right.id, left.id)}>
          Swap
        </Link>
      </div>
      <section aria-labelledby="metrics">
        <h2 id="metrics">Metrics</h2>
        <MetricDifferences metrics={metrics} left={names.left} right={names.right} />
        {notes.map((note) => (
          <p key={note} className="quiet">
            {sentence(note)}
          </p>
        ))}
      </section>
      {left_graph && right_graph && difference && (
        <GraphDifference left={left_graph} right={right_graph} difference={difference} names={names} />
      )}
      <section aria-labelledby="settings">
        <h2 id="settings">Settings that differ</h2>
        {rows.length === 0 ? (
          <p className="quiet">None: features, model and training are the same.</p>
        ) : (
          <DataTable
            caption="Settings side by side"
            hideCaption
            head={["setting", names.left, names.right]}
            rows={rows.map(([key, [before, after]]) => ({ key, cells: [key, before ?? "–", after ?? "–"] }))}
          />
        )}
      </section>
      {!left.removed && !right.removed && <LatencyTable name={name} left={left.id} right={right.id} />}
    </>
  );
}
