import { Hash, Image, Tag, Type, Upload } from "lucide-react";
import { Link } from "wouter";
import { api, type Message } from "../api/client";
import { Badge } from "../ui/Badge";
import { ErrorNote } from "../ui/ErrorNote";
import { Spinner } from "../ui/Spinner";
import { questionOf } from "./summary";

const KINDS = {
  image: { Icon: Image, word: "pictures" },
  text: { Icon: Type, word: "texts" },
  category: { Icon: Tag, word: "table" },
  number: { Icon: Hash, word: "table" },
} as const;

/** The datasets that have a page, as cards. */
export function Datasets() {
  const { data, error, isPending } = api.useQuery("get", "/api/datasets");
  return (
    <section aria-labelledby="datasets">
      <h2 id="datasets">Datasets</h2>
      <ErrorNote error={error} />
      {isPending && <Spinner label="Loading the datasets" />}
      <div className="grid datasets">
        {sorted(data ?? []).map((dataset) => (
          <Card key={dataset.name} dataset={dataset} />
        ))}
        {data && (
          <Link to="/data/new" className="card dataset dataset-own" data-tour="own">
            <Upload size={22} aria-hidden />
            <strong>Your own data</strong>
            <span className="quiet">
              A CSV file, or a zip of pictures: the studio writes the page for it.
            </span>
          </Link>
        )}
      </div>
    </section>
  );
}

/** Digits first, which need no download and train in seconds; then those that have a model. */
function sorted(datasets: Message["Dataset"][]): Message["Dataset"][] {
  const place = (dataset: Message["Dataset"]) =>
    dataset.outside ? 0 : dataset.name === "digits" ? 1 : dataset.version ? 2 : 3;
  return [...datasets].sort((a, b) => place(a) - place(b) || a.name.localeCompare(b.name));
}

function Card({ dataset }: { dataset: Message["Dataset"] }) {
  const { question, rest } = questionOf(dataset.summary);
  const kind = KINDS[kindOf(dataset)];
  const name = encodeURIComponent(dataset.name);
  return (
    <article
      className="card dataset"
      aria-label={dataset.name}
      data-tour={dataset.name === "digits" ? "datasets" : undefined}
    >
      <div className="row dataset-head">
        <kind.Icon size={20} aria-hidden />
        <h3>{dataset.name}</h3>
        {dataset.version ? <Badge tone="good">{dataset.version}</Badge> : <Badge>no version yet</Badge>}
      </div>
      <p className="dataset-question">{question}</p>
      <p className="quiet dataset-rest">{rest}</p>
      {dataset.problem && <p className="note note-bad">{dataset.problem}</p>}
      <p className="quiet dataset-kind">
        {kind.word}
        {dataset.inputs.length > 1 && `, ${dataset.inputs.length} inputs`}
        {dataset.task &&
          (dataset.task.tasks.length
            ? `, ${dataset.task.tasks.length} labels`
            : dataset.task.classes
              ? `, ${dataset.task.classes.length} classes`
              : ", a number is predicted")}
        {dataset.outside && ", your own"}
      </p>
      {!dataset.problem && (
        <div className="row">
          <Link
            className="button"
            to={`/draw/new?dataset=${name}`}
            aria-label={`Draw a model of ${dataset.name}`}
          >
            Draw
          </Link>
          <Link className="button" to={`/datasets/${name}/try`} aria-label={`Try it: ${dataset.name}`}>
            Try it
          </Link>
          <Link className="button" to={`/datasets/${name}`} aria-label={`Versions of ${dataset.name}`}>
            Versions
          </Link>
        </div>
      )}
    </article>
  );
}

function kindOf(dataset: Message["Dataset"]): keyof typeof KINDS {
  const kinds = new Set(dataset.inputs.map((input) => input.kind));
  return kinds.has("image")
    ? "image"
    : kinds.has("text")
      ? "text"
      : kinds.has("category")
        ? "category"
        : "number";
}
