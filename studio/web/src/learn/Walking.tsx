import { useEffect, useRef } from "react";
import { Link } from "wouter";
import { api } from "../api/client";
import { StateBadge } from "../train/StateBadge";
import { useJob } from "../train/useJob";
import { Button } from "../ui/Button";
import { ErrorNote } from "../ui/ErrorNote";
import { Spinner } from "../ui/Spinner";

/** A workflow while it runs: its trials as they end. `onEnded` is called once it ended well. */
export function Walking({ id, onEnded }: { id: string; onEnded: () => void }) {
  const { watched, error, isEnded } = useJob(id);
  const cancel = api.useMutation("post", "/api/jobs/{id}/cancel");
  const job = watched?.job;
  const ended = useRef(onEnded);
  useEffect(() => {
    ended.current = onEnded;
  });
  const isDone = isEnded && job?.state === "done";
  useEffect(() => {
    if (isDone) ended.current();
  }, [isDone]);
  if (error && !job) return <ErrorNote error={error} />;
  if (!job) return <Spinner label="Opening the job" />;
  const steps = job.steps ?? [];
  const trials = steps.filter((step) => step.step.startsWith("Trial "));
  const preparing = trials.length === 0 ? steps.at(-1) : undefined;
  return (
    <div className="card stack" aria-label="The workflow runs" role="region">
      <div className="row">
        <StateBadge state={job.state} />
        <Link to={`/jobs/${job.id}`}>Look at the job</Link>
        {!isEnded && (
          <Button onClick={() => cancel.mutate({ params: { path: { id } } })} disabled={cancel.isPending}>
            Stop
          </Button>
        )}
      </div>
      <ErrorNote error={job.error ?? cancel.error} />
      {preparing && !isEnded && <Spinner label={`Making the examples ready: ${preparing.step}`} />}
      <ol className="walked" aria-label="Trials">
        {trials.map((step) => (
          <li key={step.step} data-state={step.state}>
            <strong>{step.step}</strong>{" "}
            <span className="quiet">{step.state === "running" ? "training …" : (step.detail ?? "")}</span>
          </li>
        ))}
      </ol>
    </div>
  );
}
