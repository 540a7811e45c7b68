import { lazy, Suspense } from "react";
import { Link, useParams } from "wouter";
import { api, client, type Message } from "../api/client";
import { Button } from "../ui/Button";
import { ErrorNote } from "../ui/ErrorNote";
import { Spinner } from "../ui/Spinner";
import { before, betweenPath, datasetPath, tryPath } from "../versions/choosing";
import { useOpening } from "../versions/useOpening";
import { VersionFacts } from "../versions/VersionFacts";
import "../versions/versions.css";

const GraphView = lazy(() => import("../graph/GraphView").then(({ GraphView }) => ({ default: GraphView })));

/** A version: facts, its graph and its report. */
export default function Version() {
  const { name = "", id = "" } = useParams<{ name: string; id: string }>();
  const { data, error } = api.useQuery("get", "/api/datasets/{name}/versions", {
    params: { path: { name } },
  });
  const row = data?.rows.find((each) => each.id === id);
  return (
    <main className="page version-page">
      <p className="crumbs">
        <Link to={datasetPath(name)}>{name}</Link>
      </p>
      <h1>
        {name} {row?.version ?? (row ? "refused model" : id)}
      </h1>
      <ErrorNote error={error} />
      {!data && !error && <Spinner label="Reading the version" />}
      {data && !row && <ErrorNote error={`${name} has no version ${id}.`} />}
      {data && row && (
        <div className="stack">
          <Ways name={name} row={row} older={before(data.rows, id)} />
          <VersionFacts row={row} />
          {row.has_graph && <ItsGraph name={name} id={id} />}
          <Report name={name} row={row} />
        </div>
      )}
    </main>
  );
}

function Ways({
  name,
  row,
  older,
}: {
  name: string;
  row: Message["VersionRow"];
  older: Message["VersionRow"] | undefined;
}) {
  const opening = useOpening();
  const graph = async () => {
    const params = { path: { name, id: row.id } };
    return (await client.GET("/api/datasets/{name}/versions/{id}/graph", { params })).data;
  };
  return (
    <>
      <div className="row">
        {row.version && !row.removed && (
          <Link className="button button-primary" to={tryPath(name, row.version)}>
            Try it
          </Link>
        )}
        {row.has_graph && (
          <Button
            disabled={opening.isPending}
            onClick={() => opening.open(`${name} ${row.version ?? "refused model"}`, graph)}
          >
            Open as a drawing
          </Button>
        )}
        {older && (
          <Link className="button" to={betweenPath(name, older.id, row.id)}>
            Compare with {older.version}
          </Link>
        )}
        {row.has_report && (
          <a className="button" href={reportPath(name, row.id)} target="_blank" rel="noreferrer">
            Report in a tab of its own
          </a>
        )}
      </div>
      <ErrorNote error={opening.error} />
    </>
  );
}

function ItsGraph({ name, id }: { name: string; id: string }) {
  const params = { path: { name, id } };
  const { data, error } = api.useQuery("get", "/api/datasets/{name}/versions/{id}/graph", { params });
  return (
    <section aria-labelledby="graph">
      <h2 id="graph">Graph</h2>
      <ErrorNote error={error} />
      {!data && !error && <Spinner label="Reading the graph" />}
      {data && (
        <Suspense fallback={<Spinner label="Loading the graph" />}>
          <div className="graph-box">
            <GraphView graph={data} label={`The graph of ${name} ${id}`} />
          </div>
        </Suspense>
      )}
    </section>
  );
}

function Report({ name, row }: { name: string; row: Message["VersionRow"] }) {
  return (
    <section aria-labelledby="report">
      <h2 id="report">Report</h2>
      {row.has_report ? (
        // A report is a page of its own with scripts; without an origin it cannot reach the studio.
        <iframe
          className="report-frame"
          title={`The report of ${name} ${row.version ?? row.id}`}
          sandbox="allow-scripts"
          src={reportPath(name, row.id)}
        />
      ) : (
        <p className="quiet">There is no report of it.</p>
      )}
    </section>
  );
}

function reportPath(name: string, id: string): string {
  return `/api/datasets/${encodeURIComponent(name)}/versions/${encodeURIComponent(id)}/report`;
}
