import { PencilRuler, Play, Send, Workflow } from "lucide-react";
import { useState } from "react";
import { Link, useLocation } from "wouter";
import { api, client, type Message, ServerError } from "../api/client";
import { TrainDialog } from "../train/TrainDialog";
import { Button } from "../ui/Button";
import { ErrorNote } from "../ui/ErrorNote";
import { tryPath } from "./choosing";
import { useOpening } from "./useOpening";

/** What one does with a dataset. */
export function DatasetActions({ dataset }: { dataset: Message["Dataset"] }) {
  const [training, setTraining] = useState(false);
  const [, navigate] = useLocation();
  const opening = useOpening();
  const { name } = dataset;
  const isUnknown = opening.error instanceof ServerError && opening.error.status === 409;
  const pageModel = async () => {
    const params = { path: { name }, query: { of: "page" as const } };
    return (await client.GET("/api/datasets/{name}/graph", { params })).data?.graph;
  };
  return (
    <>
      <div className="row">
        <Link className="button button-primary" to={`/draw/new?dataset=${encodeURIComponent(name)}`}>
          <PencilRuler size={16} aria-hidden />
          Draw a model
        </Link>
        <Button
          disabled={opening.isPending}
          onClick={() => opening.open(`${name}: ${dataset.model}`, pageModel)}
        >
          <Workflow size={16} aria-hidden />
          Open the page's model
        </Button>
        <Button onClick={() => setTraining(true)}>
          <Play size={16} aria-hidden />
          Train the page's model
        </Button>
        {dataset.version && (
          <Link className="button" to={tryPath(name)}>
            <Send size={16} aria-hidden />
            Try it
          </Link>
        )}
      </div>
      <ErrorNote error={opening.error} />
      {(!dataset.prepared || isUnknown) && <Prepare name={name} />}
      <TrainDialog
        open={training}
        dataset={name}
        graph={null}
        document={null}
        report={null}
        onClose={() => setTraining(false)}
        onQueued={(job) => navigate(`/jobs/${job.id}`)}
      />
    </>
  );
}

/** Runs the steps after which the ids of every input are known. */
function Prepare({ name }: { name: string }) {
  const [, navigate] = useLocation();
  const create = api.useMutation("post", "/api/jobs", { onSuccess: (job) => navigate(`/jobs/${job.id}`) });
  const body = { kind: "prepare" as const, dataset: name, settings: {}, folds: 5, limit: 0 };
  return (
    <div className="note row">
      <span>
        How many ids its inputs have is known once it was prepared: the steps up to Transform, without a
        training.
      </span>
      <Button disabled={create.isPending} onClick={() => create.mutate({ body })}>
        Prepare the dataset
      </Button>
      <ErrorNote error={create.error} />
    </div>
  );
}
