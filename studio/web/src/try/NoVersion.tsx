import { Pencil, Play } from "lucide-react";
import { lazy, Suspense, useState } from "react";
import { Link, useLocation } from "wouter";
import type { Message } from "../api/client";
import { Button } from "../ui/Button";

const TrainDialog = lazy(() =>
  import("../train/TrainDialog").then((module) => ({ default: module.TrainDialog })),
);

/** There is no model to ask yet: the two ways to one. */
export function NoVersion({ dataset }: { dataset: Message["Dataset"] }) {
  const [training, setTraining] = useState(false);
  const [, go] = useLocation();
  return (
    <div className="card stack">
      <p style={{ margin: 0 }}>
        There is no version of {dataset.name} to ask yet. A model has a version once it is trained and passes
        the gates of its page.
      </p>
      <div className="row">
        <Link className="button button-primary" to={`/draw/new?dataset=${encodeURIComponent(dataset.name)}`}>
          <Pencil size={16} aria-hidden /> Draw a model
        </Link>
        <Button onClick={() => setTraining(true)}>
          <Play size={16} aria-hidden /> Train the page’s model
        </Button>
      </div>
      {training && (
        <Suspense>
          <TrainDialog
            open
            dataset={dataset.name}
            graph={null}
            document={null}
            report={null}
            onClose={() => setTraining(false)}
            onQueued={(job) => go(`/jobs/${job.id}`)}
          />
        </Suspense>
      )}
    </div>
  );
}
