import { Link } from "wouter";
import { api } from "../api/client";
import { ErrorNote } from "../ui/ErrorNote";
import { before, betweenPath, datasetPath, tryPath, versionPath } from "../versions/choosing";
import { Folds, Sizes, Trials } from "./Experiment";
import type { Job } from "./jobStream";
import type { CrossValidation, LearningCurve, RunResult, Search } from "./result";
import { Verdict } from "./Verdict";

/** What came of a job that has ended, and where to go from there. */
export function Outcome({ job }: { job: Job }) {
  return (
    <section className="card outcome" aria-label="Result">
      <Words job={job} />
      <Ways job={job} />
    </section>
  );
}

function Words({ job }: { job: Job }) {
  if (job.state === "failed")
    return <ErrorNote error={job.error ?? "It ended without a result; the log may say why."} />;
  if (job.state === "cancelled") return <p>Cancelled: nothing was pushed.</p>;
  if (!job.result) return <p>{job.kind === "prepare" ? "The dataset is prepared." : "Done."}</p>;
  switch (job.kind) {
    case "run":
      return <Verdict result={job.result as unknown as RunResult} />;
    case "kfold":
      return <Folds result={job.result as unknown as CrossValidation} />;
    case "learning_curve":
      return <Sizes result={job.result as unknown as LearningCurve} />;
    case "workflow":
      return <Trials result={job.result as unknown as Search} />;
    case "prepare":
      return <p>The dataset is prepared.</p>;
  }
}

function Ways({ job }: { job: Job }) {
  const own =
    job.kind === "run" ? (job.version ?? (job.state === "not_blessed" ? (job.run_id ?? null) : null)) : null;
  return (
    <div className="row outcome-ways">
      {job.version && (
        <Link className="button button-primary" to={tryPath(job.dataset, job.version)}>
          Try it
        </Link>
      )}
      {own && (
        <Link className="button" to={versionPath(job.dataset, own)}>
          See the report
        </Link>
      )}
      {own && <CompareLink dataset={job.dataset} own={own} />}
      {job.document && (
        <Link className="button" to={`/draw/${job.document}`}>
          Open the drawing
        </Link>
      )}
      <Link className="button" to={datasetPath(job.dataset)}>
        All of {job.dataset}
      </Link>
    </div>
  );
}

/** To the version before. */
function CompareLink({ dataset, own }: { dataset: string; own: string }) {
  const { data } = api.useQuery("get", "/api/datasets/{name}/versions", {
    params: { path: { name: dataset } },
  });
  const older = before(data?.rows ?? [], own);
  if (!older) return null;
  return (
    <Link className="button" to={betweenPath(dataset, older.id, own)}>
      Compare with {older.version}
    </Link>
  );
}
