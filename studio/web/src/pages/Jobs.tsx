import { Link } from "wouter";
import { api, type Message, queries } from "../api/client";
import { Sparkline } from "../charts/Sparkline";
import { hasEnded } from "../train/jobStream";
import { StateBadge } from "../train/StateBadge";
import "../train/train.css";
import { useNow } from "../train/useNow";
import { KIND, placeWords } from "../train/words";
import { Badge } from "../ui/Badge";
import { Button } from "../ui/Button";
import { ErrorNote } from "../ui/ErrorNote";
import { duration, metricValue, moment, secondsBetween } from "../ui/format";
import { Spinner } from "../ui/Spinner";

type Row = Message["JobRow"];

/** All jobs, newest first. */
export default function Jobs() {
  const { data, error } = api.useQuery("get", "/api/jobs", undefined, {
    refetchInterval: (query) => (query.state.data?.some(({ state }) => !hasEnded(state)) ? 2_000 : 10_000),
  });
  return (
    <main className="page">
      <h1>Jobs</h1>
      <ErrorNote error={error} />
      {!data && !error && <Spinner label="Reading the jobs" />}
      {data?.length === 0 && (
        <div className="card">
          <p>Nothing was trained here yet.</p>
          <Link className="button button-primary" to="/">
            Choose a dataset
          </Link>
        </div>
      )}
      {data && data.length > 0 && <Rows rows={data} />}
    </main>
  );
}

function Rows({ rows }: { rows: readonly Row[] }) {
  const isRunning = rows.some(({ state }) => state === "running");
  const now = useNow(isRunning);
  const { data: drawings = [] } = api.useQuery("get", "/api/documents");
  const nameOf = new Map(drawings.map(({ id, name }) => [id, name]));
  return (
    <ul className="jobs">
      {rows.map((row) => (
        <li key={row.id} className="card job-row">
          <div className="job-row-state">
            <StateBadge state={row.state} />
          </div>
          <div className="job-row-what">
            <Link to={`/jobs/${row.id}`} className="job-row-link">
              {KIND[row.kind]}: {row.dataset}
            </Link>
            <span className="quiet">{where(row, now)}</span>
            {row.error && <span className="field-error">{row.error}</span>}
          </div>
          <Sparkline values={row.sparkline} what="Eval loss" />
          <div className="job-row-result">
            {row.metric !== null && <b>{metricValue(row.metric)}</b>}
            {row.version && <Badge>{row.version}</Badge>}
          </div>
          <div className="job-row-ways">
            {row.document && (
              <Link to={`/draw/${row.document}`}>{nameOf.get(row.document) ?? "Drawing"}</Link>
            )}
            {!hasEnded(row.state) && <Cancel row={row} />}
          </div>
        </li>
      ))}
    </ul>
  );
}

function where(row: Row, now: number): string {
  if (row.state === "queued") return placeWords(row.place) || "waits";
  if (!row.started) return moment(row.created);
  const seconds = duration(secondsBetween(row.started, row.ended ?? now));
  if (row.state === "running") return `${row.step ?? "starting"}, for ${seconds}`;
  return `${moment(row.started)}, took ${seconds}`;
}

function Cancel({ row }: { row: Row }) {
  const cancel = api.useMutation("post", "/api/jobs/{id}/cancel", {
    onSettled: () => queries.invalidateQueries({ queryKey: ["get", "/api/jobs"] }),
  });
  return (
    <>
      <Button
        aria-label={`Cancel ${KIND[row.kind]}: ${row.dataset}`}
        disabled={cancel.isPending}
        onClick={() => cancel.mutate({ params: { path: { id: row.id } } })}
      >
        Cancel
      </Button>
      <ErrorNote error={cancel.error} />
    </>
  );
}
