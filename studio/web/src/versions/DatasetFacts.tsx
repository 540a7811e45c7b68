import type { Message } from "../api/client";
import { DataTable } from "../ui/DataTable";
import { Fold } from "../ui/Fold";
import { count, metricName } from "../ui/format";

const TASKS: Record<NonNullable<Message["Dataset"]["task"]>["kind"], string> = {
  BinaryClassification: "one of two classes",
  MulticlassClassification: "one of several classes",
  MultiLabel: "any number of several classes",
  Ordinal: "one of several classes in their order",
  Regression: "a number",
  Forecast: "the next values of a series",
  Several: "several labels",
};

/** What a dataset predicts, from what, and when a model of it is good enough. */
export function DatasetFacts({ dataset }: { dataset: Message["Dataset"] }) {
  const { task, thresholds } = dataset;
  return (
    <section className="card facts" aria-label="Facts">
      <dl>
        {task && (
          <div>
            <dt>Predicts</dt>
            {(task.tasks.length ? task.tasks : [task]).map((one) => (
              <dd key={one.label}>
                <b>{one.label}</b>: {TASKS[one.kind]}
                {one.classes && <span className="quiet"> ({named(one.classes)})</span>}
              </dd>
            ))}
          </div>
        )}
        {task && (
          <div>
            <dt>Judged by</dt>
            <dd>
              {metricName(task.primary_metric)}; the loss is {task.output.loss}
            </dd>
          </div>
        )}
        {Object.keys(thresholds).length > 0 && (
          <div>
            <dt>Blessed from</dt>
            <dd>
              {Object.entries(thresholds)
                .map(([name, bound]) => `${metricName(name)} ${bound}`)
                .join(", ")}
            </dd>
          </div>
        )}
        <div>
          <dt>The page's model</dt>
          <dd>{dataset.model}</dd>
        </div>
      </dl>
      <Fold summary={`Inputs (${dataset.inputs.length})`}>
        <DataTable
          caption="Inputs of a model"
          hideCaption
          head={["input", "kind", "shape", "dtype", "ids"]}
          rows={dataset.inputs.map((input) => ({
            key: input.input_name,
            cells: [input.name, input.kind, shape(input.shape), input.dtype, ids(input.ids)],
          }))}
        />
      </Fold>
    </section>
  );
}

function named(classes: readonly string[]): string {
  return classes.length <= 12
    ? classes.join(", ")
    : `${classes.slice(0, 10).join(", ")} and ${classes.length - 10} others`;
}

function shape(sizes: readonly number[]): string {
  return sizes.length ? sizes.join(" × ") : "one number";
}

function ids(amount: number | null): string {
  if (amount === null) return "known after the first preparation";
  return amount === 0 ? "" : count(amount);
}
