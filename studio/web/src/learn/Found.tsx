import { lazy, Suspense, useState } from "react";
import { Settings2 } from "lucide-react";
import { useLocation } from "wouter";
import type { Search } from "../train/result";
import { Button } from "../ui/Button";
import { count, metricName, metricValue } from "../ui/format";
import { LossChart, LossLegend } from "./LossChart";
import { bestSettings, capital, stagesOf, whatOf } from "./stages";

const TrainDialog = lazy(() =>
  import("../train/TrainDialog").then((module) => ({ default: module.TrainDialog })),
);

/** What a workflow found, stage by stage, and what to do with it. */
export function Found({ search }: { search: Search }) {
  const [training, setTraining] = useState(false);
  const [, go] = useLocation();
  const best = search.trials.find((trial) => trial.number === search.best);
  const primary = metricName(search.primary);
  return (
    <div className="stack" aria-label={`The workflow of ${search.dataset}`} role="region">
      <p className="quiet">
        The last workflow of {search.dataset}: {count(search.examples.train ?? 0)} examples to learn from,{" "}
        {count(search.examples.eval ?? 0)} to compare on.
      </p>
      <LossLegend />
      {stagesOf(search).map((stage) => (
        <section key={stage.name} className="card stage" aria-label={stage.title}>
          <h3>{stage.title}</h3>
          <p>{stage.found}</p>
          <LossChart trials={stage.trials} all={search.trials} best={search.best} />
        </section>
      ))}
      {search.notes.map((note) => (
        <p key={note} className="note">
          {note}
        </p>
      ))}
      <section className="card stage" aria-label="What to do with it">
        <h3>The best one</h3>
        <p>
          {best && capital(whatOf(best, search.trials))}: eval loss {metricValue(best?.eval_loss)}. On the
          test split, which has chosen nothing, its {primary} is{" "}
          <strong>{metricValue(search.test[search.primary])}</strong>; the naive baseline has{" "}
          {metricValue(search.naive[search.primary])}.
        </p>
        {search.settings.length > 0 && (
          <p>
            Its settings: <code>{search.settings.join(" ")}</code>
          </p>
        )}
        <div className="row">
          <Button look="primary" onClick={() => setTraining(true)}>
            <Settings2 size={16} aria-hidden /> Train with the best settings
          </Button>
        </div>
      </section>
      {training && (
        <Suspense>
          <TrainDialog
            open
            dataset={search.dataset}
            graph={null}
            document={null}
            report={null}
            settings={bestSettings(search)}
            onClose={() => setTraining(false)}
            onQueued={(job) => go(`/jobs/${job.id}`)}
          />
        </Suspense>
      )}
    </div>
  );
}
