import { useState } from "react";
import { api, type Message } from "../api/client";
import { Button } from "../ui/Button";
import { ErrorNote } from "../ui/ErrorNote";
import { Field } from "../ui/Field";
import { Columns } from "./Columns";
import { canWrite, type Draft, type Edit, otherProblems, problemsOf, withLabel } from "./draft";
import { useEditing } from "./editing";
import { Problems } from "./Problems";
import { Shares } from "./Shares";
import { Written } from "./Written";

const TASKS: Record<Edit["task"], string> = {
  BinaryClassification: "one of two classes",
  MulticlassClassification: "one of several classes",
  MultiLabel: "any number of several classes",
  Regression: "a number",
};

/** The page of an uploaded file as a form, beside the Python that is written. */
export function DraftForm({ draft }: { draft: Draft }) {
  const { edit, setEdit, saving, error } = useEditing(draft);
  const [written, setWritten] = useState<Message["WrittenPage"] | null>(null);
  const write = api.useMutation("post", "/api/drafts/{id}/page", { onSuccess: setWritten });
  if (written) return <Written page={written} />;
  return (
    <div className="draft">
      <div className="stack">
        <Assumed draft={draft} />
        <section className="card stack" aria-labelledby="what">
          <h2 id="what">What it is</h2>
          <Names draft={draft} edit={edit} onChange={setEdit} />
          <Predicted draft={draft} edit={edit} onChange={setEdit} />
        </section>
        <section className="card stack" aria-labelledby="columns">
          <h2 id="columns">Columns</h2>
          <Columns draft={draft} edit={edit} onChange={setEdit} />
        </section>
        <section className="card stack" aria-labelledby="splits">
          <h2 id="splits">Splits</h2>
          <Shares edit={edit} rows={draft.rows} onChange={setEdit} />
          <Problems problems={problemsOf(draft, "splits")} />
        </section>
      </div>
      <section className="card draft-page" aria-labelledby="python">
        <h2 id="python">The page that is written</h2>
        {/* eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- it scrolls, so keys must reach it */}
        <pre className="code" tabIndex={0} aria-label="The page in Python" aria-busy={saving}>
          {draft.page || "The page is shown once what is wrong is mended."}
        </pre>
        <Problems problems={otherProblems(draft)} />
        <ErrorNote error={error ?? write.error} />
        <div className="row">
          <Button
            look="primary"
            disabled={saving || write.isPending || !canWrite(draft)}
            onClick={() => write.mutate({ params: { path: { id: draft.id } } })}
          >
            Write the page
          </Button>
          <span className="quiet" role="status">
            {write.isPending ? "Writing the page …" : saving ? "Checking …" : hindrance(draft)}
          </span>
        </div>
      </section>
    </div>
  );
}

/** The first thing that keeps the page from being written; its field may be far above. */
function hindrance(draft: Draft): string {
  const first = draft.problems.find((problem) => problem.severity === "error");
  return first ? `To be mended first: ${first.field.replace("columns.", "")}.` : "";
}

type Part = { draft: Draft; edit: Edit; onChange: (edit: Edit) => void };

function Assumed({ draft }: { draft: Draft }) {
  if (draft.assumed.length === 0) return null;
  return (
    <section className="card assumed" aria-labelledby="assumed">
      <h2 id="assumed">Assumed; please check</h2>
      <ul>
        {draft.assumed.map((sentence) => (
          <li key={sentence}>{sentence}</li>
        ))}
      </ul>
    </section>
  );
}

function Names({ draft, edit, onChange }: Part) {
  return (
    <>
      <Field label="Name" help="of the dataset and of its model; small letters, digits and _">
        {(ids) => (
          <input
            className="input"
            value={edit.name}
            autoComplete="off"
            spellCheck={false}
            onChange={(event) => onChange({ ...edit, name: event.target.value })}
            {...ids}
          />
        )}
      </Field>
      <Problems problems={problemsOf(draft, "name")} />
      <Field label="Summary" help="one line: the question that the model answers">
        {(ids) => (
          <input
            className="input"
            value={edit.summary}
            onChange={(event) => onChange({ ...edit, summary: event.target.value })}
            {...ids}
          />
        )}
      </Field>
      <Problems problems={problemsOf(draft, "summary")} />
    </>
  );
}

function Predicted({ draft, edit, onChange }: Part) {
  const classes = draft.classes ?? [];
  return (
    <>
      <div className="predicted">
        <Field
          label="What is predicted"
          help={draft.kind === "images" ? "the folder's name is the class" : undefined}
        >
          {(ids) =>
            draft.kind === "images" ? (
              <input
                className="input"
                value={edit.label}
                onChange={(event) => onChange({ ...edit, label: event.target.value })}
                {...ids}
              />
            ) : (
              <select
                className="input"
                value={edit.label}
                onChange={(event) => onChange(withLabel(edit, draft, event.target.value))}
                {...ids}
              >
                {!draft.columns.some((column) => column.name === edit.label) && <option>{edit.label}</option>}
                {draft.columns.map((column) => (
                  <option key={column.name}>{column.name}</option>
                ))}
              </select>
            )
          }
        </Field>
        <Field label="As">
          {(ids) => (
            <select
              className="input"
              value={edit.task}
              onChange={(event) => onChange({ ...edit, task: event.target.value as Edit["task"] })}
              {...ids}
            >
              {Object.entries(TASKS).map(([task, words]) => (
                <option key={task} value={task}>
                  {words}
                </option>
              ))}
            </select>
          )}
        </Field>
      </div>
      {classes.length > 0 && edit.task !== "Regression" && (
        <p className="field-help classes">
          {classes.length} classes: {classes.slice(0, 20).join(", ")}
          {classes.length > 20 && " …"}
        </p>
      )}
      <Problems problems={[...problemsOf(draft, "label"), ...problemsOf(draft, "task")]} />
    </>
  );
}
