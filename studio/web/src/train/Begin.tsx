import { Pencil, Play } from "lucide-react";
import { lazy, Suspense, useState } from "react";
import { Link, useLocation } from "wouter";
import { Button } from "../ui/Button";

const TrainDialog = lazy(() => import("./TrainDialog").then((module) => ({ default: module.TrainDialog })));

/** The two ways to a dataset's first version: draw a model, or train the page's own. */
export function Begin({ dataset }: { dataset: string }) {
  const [training, setTraining] = useState(false);
  const [, go] = useLocation();
  return (
    <div className="row">
      <Link className="button button-primary" to={`/draw/new?dataset=${encodeURIComponent(dataset)}`}>
        <Pencil size={16} aria-hidden /> Draw a model
      </Link>
      <Button onClick={() => setTraining(true)}>
        <Play size={16} aria-hidden /> Train the page's model
      </Button>
      {training && (
        <Suspense>
          <TrainDialog
            open
            dataset={dataset}
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
