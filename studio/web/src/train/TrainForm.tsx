import { Play } from "lucide-react";
import { type FormEvent, useState } from "react";
import { api, type Message } from "../api/client";
import { Button } from "../ui/Button";
import { ErrorNote } from "../ui/ErrorNote";
import { Fold } from "../ui/Fold";
import { useDebounced } from "../ui/useDebounced";
import { Kinds } from "./Kinds";
import { Limits, NumberField } from "./Limits";
import { Memory } from "./Memory";
import { SettingField } from "./SettingField";
import {
  asText,
  type Choices,
  newJob,
  offered,
  problem,
  problems,
  serverProblems,
  type Setting,
} from "./settingsForm";
import type { Drawing } from "./TrainDialog";

const BEGINNING: Choices = { kind: "run", texts: {}, folds: "5", limit: "", minutes: "", memory_mb: "" };

/** The settings of a job, and its start. */
export function TrainForm({
  dataset,
  graph,
  document,
  report,
  settings = {},
  limits,
  onClose,
  onQueued,
}: Drawing & {
  dataset: Message["Dataset"];
  report: Message["GraphReport"] | null;
  limits: Message["Limits"] | null;
  onClose: () => void;
  onQueued: (job: Message["Job"]) => void;
}) {
  const [choices, setChoices] = useState({ ...BEGINNING, texts: settings });
  const [tried, setTried] = useState(false);
  const create = api.useMutation("post", "/api/jobs");
  const { first, rest } = offered(dataset.settings, graph !== null);
  const all = [...first, ...rest];
  const names = [...all.map(({ name }) => name), "folds", "limit", "minutes", "memory_mb"];
  const found = problems(all, choices);
  const errors = { ...serverProblems(create.error, names), ...(tried ? found : typed(all, choices, found)) };
  const checked = useChecked(graph, all, choices, report);
  const cannot = checked !== null && !checked.can_train;

  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    setTried(true);
    if (Object.keys(found).length > 0) focusFirstError(event.currentTarget);
    if (Object.keys(found).length > 0 || cannot || create.isPending) return;
    create.mutate({ body: newJob(dataset.name, all, choices, { graph, document }) }, { onSuccess: onQueued });
  };
  const change = (part: Partial<Choices>) => {
    create.reset();
    setChoices((before) => ({ ...before, ...part }));
  };
  const field = (setting: Setting, withHelp: boolean) => (
    <SettingField
      key={`${setting.part} ${setting.name}`}
      setting={setting}
      text={choices.texts[setting.name]}
      error={errors[setting.name]}
      withHelp={withHelp}
      onText={(text) => change({ texts: without(choices.texts, setting.name, text) })}
    />
  );
  return (
    <form className="stack train-form" onSubmit={submit} noValidate>
      <p className="quiet train-what">
        {graph ? "The drawn model" : `The page's own model (${dataset.model})`} on <b>{dataset.name}</b>.
      </p>
      <Kinds kind={choices.kind} onKind={(kind) => change({ kind })} />
      {choices.kind === "kfold" && (
        <NumberField
          label="Folds"
          text={choices.folds}
          error={errors.folds}
          onText={(folds) => change({ folds })}
        />
      )}
      <div className="setting-grid">{first.map((setting) => field(setting, false))}</div>
      <Fold summary="All settings" open={rest.some(({ name }) => Boolean(errors[name]) || name in settings)}>
        <Parts settings={rest} field={(setting) => field(setting, true)} />
      </Fold>
      <Limits choices={choices} errors={errors} limits={limits} onChange={change} />
      {checked && (
        <Memory report={checked} limitMb={Number(choices.memory_mb) || (limits?.memory_mb ?? null)} />
      )}
      {cannot && (
        <ErrorNote error="The drawing has errors: they stand on its layers, and must be mended first." />
      )}
      <ErrorNote error={errors[""]} />
      <div className="row train-buttons">
        <Button onClick={onClose}>Cancel</Button>
        <Button type="submit" look="primary" disabled={cannot || create.isPending}>
          <Play size={16} aria-hidden />
          {create.isPending ? "Starting …" : "Start training"}
        </Button>
      </div>
    </form>
  );
}

const PARTS = [
  { part: "training", title: "Training" },
  { part: "splits", title: "Splits" },
  { part: "model", title: "Model" },
] as const;

function Parts({ settings, field }: { settings: Setting[]; field: (setting: Setting) => React.ReactNode }) {
  return PARTS.map(({ part, title }) => {
    const own = settings.filter((setting) => setting.part === part);
    return own.length > 0 ? (
      <fieldset key={part}>
        <legend>{title}</legend>
        <div className="setting-grid">{own.map(field)}</div>
      </fieldset>
    ) : null;
  });
}

/** The check of the drawing with the batch size of the form, on which its memory depends. */
function useChecked(
  graph: Message["Graph"] | null,
  settings: Setting[],
  choices: Choices,
  before: Message["GraphReport"] | null,
): Message["GraphReport"] | null {
  const setting = settings.find(({ name }) => name === "batch_size");
  const text = useDebounced(choices.texts.batch_size ?? asText(setting?.value ?? 32), 300);
  const isRight = setting === undefined || problem(setting, text) === null;
  const { data } = api.useQuery(
    "post",
    "/api/graphs/check",
    { body: { graph: graph ?? { version: 1, name: "", nodes: [], edges: [] }, batch_size: Number(text) } },
    { enabled: graph !== null && isRight, retry: false, placeholderData: (last) => last },
  );
  return data ?? before;
}

/** After the errors are shown. */
function focusFirstError(form: HTMLFormElement): void {
  requestAnimationFrame(() => form.querySelector<HTMLElement>("[aria-invalid=true]")?.focus());
}

/** While a form was not submitted yet, an empty field is one that is being typed in. */
function typed(settings: Setting[], choices: Choices, found: Record<string, string>): Record<string, string> {
  const empty = settings.filter(({ name }) => choices.texts[name]?.trim() === "").map(({ name }) => name);
  return Object.fromEntries(Object.entries(found).filter(([name]) => !empty.includes(name)));
}

function without(
  texts: Record<string, string>,
  name: string,
  text: string | undefined,
): Record<string, string> {
  const others = Object.fromEntries(Object.entries(texts).filter(([other]) => other !== name));
  return text === undefined ? others : { ...others, [name]: text };
}
