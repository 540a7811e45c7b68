import { Link } from "wouter";
import { api } from "../api/client";
import { Badge } from "../ui/Badge";

/** Jobs that run or wait; nothing where there are none. */
export function Running() {
  const { data } = api.useQuery("get", "/api/jobs", undefined, { refetchInterval: 4_000 });
  const rows = (data ?? []).filter((job) => job.state === "running" || job.state === "queued");
  if (rows.length === 0) return null;
  return (
    <section aria-labelledby="running">
      <h2 id="running">Jobs</h2>
      <ul className="drawings card">
        {rows.map((job) => (
          <li key={job.id}>
            <Link to={`/jobs/${job.id}`} className="drawing-name">
              {job.kind === "run" ? "Training" : job.kind.replace("_", " ")} of {job.dataset}
            </Link>
            <span className="quiet drawing-facts">{job.step ?? ""}</span>
            <Badge tone="waiting">
              {job.state === "queued" ? `number ${job.place} in the queue` : "running"}
            </Badge>
          </li>
        ))}
      </ul>
    </section>
  );
}
