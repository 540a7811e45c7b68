import { lazy, Suspense, useEffect, useMemo } from "react";
import { useParams } from "wouter";
import { Link } from "wouter";
import { api, queries } from "../api/client";
import { bestEpoch, figures } from "../charts/series";
import { hasEnded, type Job as TheJob } from "../train/jobStream";
import { Log } from "../train/Log";
import { Outcome } from "../train/Outcome";
import { StateBadge } from "../train/StateBadge";
import { Steps } from "../train/Steps";
import "../train/train.css";
import { useJob } from "../train/useJob";
import { useNow } from "../train/useNow";
import { KIND, placeWords, STATE } from "../train/words";
import { Button } from "../ui/Button";
import { ErrorNote } from "../ui/ErrorNote";
import { duration, moment, secondsBetween } from "../ui/format";
import { Spinner } from "../ui/Spinner";

const Curves = lazy(() => import("../charts/Curves"));

/** A job as it happens, and what came of it. */
export default function Job() {
  const { id = "" } = useParams<{ id: string }>();
  const { watched, error, lost, isEnded } = useJob(id);
  useEffect(() => {
    // The list, the dataset's versions and its ids are others now.
    if (isEnded) void queries.invalidateQueries();
  }, [isEnded]);
  return (
    <main className="page job">
      <p className="crumbs">
        <Link to="/jobs">Jobs</Link>
      </p>
      <ErrorNote error={error} />
      {!watched && !error && <Spinner label="Reading the job" />}
      {watched && (
        <>
          <Heading job={watched.job} />
          {lost && !isEnded && (
            <p className="note note-waiting" role="status">
              The connection was lost. The job goes on; what happens is shown again soon.
            </p>
          )}
          {isEnded && <Outcome job={watched.job} />}
          <div className="job-columns">
            <section className="card" aria-label="Steps">
              <h2>Steps</h2>
              <Steps steps={watched.job.steps} doing={watched.doing} isEnded={isEnded} />
              <Notes notes={watched.job.notes} />
            </section>
            <section className="card" aria-label="Curves">
              <h2>Curves</h2>
              <Training job={watched.job} />
            </section>
          </div>
          <section className="card job-log" aria-label="Log">
            <Log lines={watched.log} open={watched.job.state === "failed"} />
            <Command command={watched.job.command} />
          </section>
        </>
      )}
    </main>
  );
}

function Heading({ job }: { job: TheJob }) {
  return (
    <header className="job-heading">
      <div>
        <h1>
          {KIND[job.kind]}: {job.dataset} <StateBadge state={job.state} />
        </h1>
        <p className="quiet" role="status">
          <span className="visually-hidden">{STATE[job.state].word}. </span>
          {placeWords(job.place)}
          <Times job={job} />
        </p>
      </div>
      {!hasEnded(job.state) && <Cancel job={job} />}
    </header>
  );
}

function Times({ job }: { job: TheJob }) {
  const isEnded = hasEnded(job.state);
  const now = useNow(!isEnded);
  if (!job.started) return <span aria-hidden> queued at {moment(job.created)}</span>;
  const seconds = secondsBetween(job.started, job.ended ?? now);
  // Not read aloud: it changes each second.
  return (
    <span aria-hidden={!isEnded}>
      {isEnded ? `took ${duration(seconds)}` : `for ${duration(seconds)}`}, started {moment(job.started)}
    </span>
  );
}

function Cancel({ job }: { job: TheJob }) {
  const cancel = api.useMutation("post", "/api/jobs/{id}/cancel");
  return (
    <div>
      <Button
        look="danger"
        disabled={cancel.isPending || job.stopping}
        onClick={() => cancel.mutate({ params: { path: { id: job.id } } })}
      >
        {cancel.isPending || job.stopping ? "Stopping …" : "Cancel"}
      </Button>
      <ErrorNote error={cancel.error} />
    </div>
  );
}

function Notes({ notes }: { notes: readonly string[] }) {
  if (notes.length === 0) return null;
  return (
    <>
      <h3>Notes</h3>
      <ul className="job-notes">
        {notes.map((note) => (
          <li key={note}>{note}</li>
        ))}
      </ul>
    </>
  );
}

function Training({ job }: { job: TheJob }) {
  const shown = useMemo(() => figures(job.epochs), [job.epochs]);
  const best = bestEpoch(job.epochs);
  const last = job.epochs.at(-1);
  if (!last) {
    const isCached = job.steps.some(({ step, state }) => step === "Trainer" && state === "cached");
    const words = isCached
      ? "The training was cached: nothing changed since an earlier one."
      : hasEnded(job.state)
        ? "No epoch was trained."
        : "They begin with the first epoch of the training.";
    return <p className="quiet">{words}</p>;
  }
  return (
    <>
      <p className="quiet">
        {job.kind !== "run" && last.step ? `${last.step}, epoch` : "Epoch"} {last.epoch} of at most {last.of}
        {last.members ? `, model ${last.member} of ${last.members}` : ""}
        {best !== null && `; the lowest eval loss is that of epoch ${best} (the dotted line)`}.
      </p>
      <Suspense fallback={<Spinner label="Loading the curves" />}>
        <Curves figures={shown} best={best} />
      </Suspense>
    </>
  );
}

function Command({ command }: { command: string }) {
  if (!command) return null;
  return (
    <p className="job-command">
      <span className="quiet">In a shell: </span>
      <code>{command}</code>
    </p>
  );
}
