import { useState } from "react";
import { Play } from "lucide-react";
import { api, type Message } from "../api/client";
import type { Search } from "../train/result";
import { Button } from "../ui/Button";
import { ErrorNote } from "../ui/ErrorNote";
import { Field } from "../ui/Field";
import { Found } from "./Found";
import { PURPOSES } from "./stages";
import { Walking } from "./Walking";

/** The universal workflow as a guided path: choose a dataset, watch the trials, read what they mean. */
export function Workflow() {
  const datasets = api.useQuery("get", "/api/datasets");
  const jobs = api.useQuery("get", "/api/jobs");
  const [chosen, setChosen] = useState<string | null>(null);
  const [started, setStarted] = useState<string | null>(null);
  const create = api.useMutation("post", "/api/jobs", { onSuccess: (job) => setStarted(job.id) });

  const walkable = (datasets.data ?? []).filter(
    (dataset) => dataset.problem === null && dataset.model !== "Custom",
  );
  const walking = (jobs.data ?? []).find(isWalking);
  const name = chosen ?? walking?.dataset ?? first(walkable);
  const job = started ?? (walking && walking.dataset === name ? walking.id : null);
  const last = api.useQuery(
    "get",
    "/api/datasets/{name}/workflow",
    { params: { path: { name } } },
    { enabled: name !== "" },
  );
  const search = (last.data?.result ?? null) as Search | null;
  return (
    <section aria-labelledby="workflow" id="workflow-path">
      <h2 id="workflow">The universal workflow: baseline, overfit, regularise</h2>
      <p>
        How does one come to a good model for data that nobody has tried before? Not by guessing: there is a
        path. Choose a dataset, and it is walked for you, with a training at each step.
      </p>
      <ol className="purposes">
        {PURPOSES.map(({ name: stage, title, purpose }) => (
          <li key={stage}>
            <strong>{title}</strong> <span className="quiet">{purpose}</span>
          </li>
        ))}
      </ol>
      <form
        className="row workflow-start"
        onSubmit={(event) => {
          event.preventDefault();
          create.mutate({ body: newWorkflow(name) });
        }}
      >
        <Field label="Dataset">
          {(ids) => (
            <select
              className="input"
              value={name}
              onChange={(event) => {
                setChosen(event.target.value);
                setStarted(null);
              }}
              {...ids}
            >
              {walkable.map((dataset) => (
                <option key={dataset.name}>{dataset.name}</option>
              ))}
            </select>
          )}
        </Field>
        <Button type="submit" look="primary" disabled={create.isPending || job !== null || name === ""}>
          <Play size={16} aria-hidden /> {search ? "Walk the path again" : "Walk the path"}
        </Button>
        <span className="quiet">some twenty small trainings; nothing is pushed</span>
      </form>
      <ErrorNote error={datasets.error ?? create.error ?? last.error} />
      {job && (
        <Walking
          id={job}
          onEnded={() => {
            setStarted(null);
            void last.refetch();
            void jobs.refetch();
          }}
        />
      )}
      {!job && search && <Found search={search} />}
    </section>
  );
}

const isWalking = (job: Message["JobRow"]) =>
  job.kind === "workflow" && (job.state === "running" || job.state === "queued");

/** Boston housing is small, and shows each stage. */
function first(datasets: Message["Dataset"][]): string {
  return (datasets.find((dataset) => dataset.name === "boston_housing") ?? datasets[0])?.name ?? "";
}

const newWorkflow = (dataset: string): Message["NewJob"] => ({
  kind: "workflow",
  dataset,
  settings: {},
  folds: 5,
  limit: 0,
});
