import { useReactFlow } from "@xyflow/react";
import { Link } from "wouter";
import { api, type Message } from "../../api/client";
import { Field } from "../../ui/Field";
import { bytes, count, listed } from "../../ui/format";
import { FIT_GLIDING } from "../../graph/layout";
import type { Problem } from "../../graph/model";
import { useEditor, useEditorStore } from "../context";
import { focusNode } from "../focusing";
import { worstFirst } from "../reports";
import { useDataset } from "../useDataset";
import { useReveal } from "../useFlow";
import { ProblemList } from "./ProblemList";

/** What is known of the whole graph, while no node is chosen. */
export function GraphPanel() {
  const editor = useEditorStore();
  const report = useEditor((state) => state.report);
  const error = useEditor((state) => state.checkError);
  const reveal = useReveal();
  const show = (problem: Problem) => {
    const { open, select } = editor.getState();
    open([]);
    select(problem.nodes, problem.edges);
    editor.setState({ focused: problem.nodes[0] ?? null });
    // The whole graph may have to be drawn first, where a nested model was open.
    setTimeout(() => {
      if (problem.nodes[0]) reveal(problem.nodes[0]);
      focusNode(problem.nodes[0] ?? null);
    }, 50);
  };
  return (
    <div className="stack">
      {error && (
        <p role="alert" className="note note-bad">
          {error}
        </p>
      )}
      <Figures />
      <section aria-label="Problems of the graph">
        <h3>Problems</h3>
        {report && !report.problems.length && <p className="good">None: the graph is right.</p>}
        {!report && <p className="quiet">Not checked yet.</p>}
        <ProblemList problems={worstFirst(report?.problems ?? [])} onShow={show} />
      </section>
      <DatasetField />
      <p className="quiet">
        Choose a node to see its arguments. <kbd>A</kbd> adds a layer, <kbd>?</kbd> lists the keys.
      </p>
    </div>
  );
}

function Figures() {
  const report = useEditor((state) => state.report);
  const layers = useEditor((state) => state.graph.nodes.length);
  const parameters = report ? report.parameters.toLocaleString("en") : "–";
  const untrained = report ? report.parameters - report.trainable : 0;
  return (
    <dl className="figures">
      <div>
        <dt>Layers</dt>
        <dd>{layers}</dd>
      </div>
      <div>
        <dt>Parameters</dt>
        <dd>
          {parameters}
          {untrained > 0 && (
            <span className="quiet figures-note">{count(untrained)} of them not trained</span>
          )}
        </dd>
      </div>
      <div>
        <dt>Memory to train</dt>
        <dd>{report?.memory_bytes ? `about ${bytes(report.memory_bytes)}` : "–"}</dd>
      </div>
    </dl>
  );
}

/** Which dataset's inputs and output the graph has; another one takes over the drawn layers. */
function DatasetField() {
  const name = useEditor((state) => state.graph.dataset);
  const { data } = api.useQuery("get", "/api/datasets");
  const { choose, error } = useDataset();
  const { fitView } = useReactFlow();
  const change = async (wanted: string | null) => {
    await choose(wanted);
    setTimeout(() => void fitView(FIT_GLIDING), 320);
  };
  const dataset = data?.find((other) => other.name === name);
  return (
    <section aria-label="Dataset">
      <Field label="Dataset" help={dataset?.summary} error={error}>
        {(ids) => (
          <select
            {...ids}
            className="input"
            value={name ?? ""}
            onChange={(event) => void change(event.target.value || null)}
          >
            <option value="">None: a graph of its own</option>
            {data
              ?.filter((other) => !other.problem)
              .map((other) => (
                <option key={other.name} value={other.name}>
                  {other.name}
                </option>
              ))}
            {name && !dataset && <option value={name}>{name}</option>}
          </select>
        )}
      </Field>
      {dataset?.task && (
        <p className="quiet">
          Predicts {predicted(dataset.task)}; loss: {dataset.task.output.loss}. {endOf(dataset.task)}{" "}
          <Link to={`/datasets/${dataset.name}`}>Its versions</Link>
        </p>
      )}
    </section>
  );
}

type Task = NonNullable<Message["Dataset"]["task"]>;

/** What is predicted, with how many classes: "Survived (2 classes) and Fare". */
function predicted(task: Task): string {
  const parts = task.tasks.length ? task.tasks : [task];
  return listed(parts.map((one) => one.label + (one.classes ? ` (${one.classes.length} classes)` : "")));
}

/** Of several labels: what the units of the last layer are, in their order. */
function endOf(task: Task): string {
  if (!task.tasks.length) return "";
  const units = task.tasks.map((one) => `${String(one.output.config.units)} of ${one.label}`);
  return `The graph ends with one Dense layer “${task.output.name}” of ${String(task.output.config.units)} units: ${listed(units)}, side by side.`;
}
