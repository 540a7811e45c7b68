import { HelpCircle } from "lucide-react";
import { useMemo, useState } from "react";
import { api, type Message, ServerError } from "../api/client";
import { Button } from "../ui/Button";
import { ErrorNote } from "../ui/ErrorNote";
import { Answer, AnswerStrip } from "./Answer";
import { Curl } from "./Curl";
import { isSign } from "./drawing";
import { Fields } from "./Fields";
import { errorsOf, inputOf, type Values, valuesOf } from "./input";
import { useAnswer, useServing } from "./serving";
import { ServingNote } from "./ServingNote";
import { Why } from "./Why";

/** The form of a version beside what the model answers to it. */
export function TryForm({ form, version }: { form: Message["Form"]; version: string | null }) {
  // A sign is drawn by whoever comes; anything else begins with the example, so that there is an answer at once.
  const [values, setValues] = useState<Values>(() =>
    form.fields.some(isSign) ? {} : valuesOf(form, form.example ?? {}),
  );
  const [touched, setTouched] = useState(false);
  const { serving, error: notServing, again } = useServing(true);
  const { input, errors } = useMemo(() => inputOf(form, values), [form, values]);
  const complete = Object.keys(errors).length === 0;
  const answer = useAnswer(form.dataset, version, complete ? input : null, serving?.state === "ready");

  const refused = complete && answer.error instanceof ServerError ? errorsOf(answer.error.document) : {};
  const general = answer.error && Object.keys(refused).filter(Boolean).length === 0 ? answer.error : null;
  return (
    <div className="try">
      <section className="card" aria-label="Input">
        <Fields
          form={form}
          values={values}
          errors={touched && !form.fields.some(isSign) ? { ...refused, ...errors } : refused}
          onChange={(next) => {
            setTouched(true);
            setValues(next);
          }}
        />
      </section>
      {complete && answer.data && !answer.error && <AnswerStrip reply={answer.data} />}
      <section className="card try-answer" aria-label="Answer">
        <h2>Answer</h2>
        <ServingNote serving={serving} error={notServing} onAgain={again} />
        {complete && <ErrorNote error={general} />}
        <div aria-live="polite" aria-atomic>
          {complete && answer.data && !answer.error && (
            <Answer reply={answer.data} form={form} waiting={answer.isPlaceholderData} />
          )}
        </div>
        {serving?.state === "ready" && !complete && <p className="quiet">{waitingFor(form)}</p>}
        {complete && answer.data && !answer.error && (
          <>
            <WhyButton
              key={JSON.stringify(input)}
              form={form}
              version={version}
              values={values}
              input={input}
            />
            <Curl line={answer.data.curl} />
          </>
        )}
      </section>
    </div>
  );
}

function waitingFor(form: Message["Form"]): string {
  if (form.fields.some(isSign)) return "Draw, and the model answers while you do.";
  return "The model answers as soon as the fields are filled in.";
}

function WhyButton({
  form,
  version,
  values,
  input,
}: {
  form: Message["Form"];
  version: string | null;
  values: Values;
  input: unknown;
}) {
  const explain = api.useMutation("post", "/api/datasets/{name}/explain");
  const ask = () => explain.mutate({ params: { path: { name: form.dataset } }, body: { input, version } });
  return (
    <div className="stack">
      {!explain.data && (
        <div className="row">
          <Button onClick={ask} disabled={explain.isPending}>
            <HelpCircle size={16} aria-hidden /> Why?
          </Button>
          {explain.isPending && (
            <span role="status" className="quiet">
              Looking into the model; the first time it loads, which takes some seconds …
            </span>
          )}
        </div>
      )}
      <ErrorNote error={explain.error} />
      {explain.data && <Why explanation={explain.data} form={form} values={values} />}
    </div>
  );
}
