import { Link, useParams, useSearchParams } from "wouter";
import { api, type Message } from "../api/client";
import { NoVersion } from "../try/NoVersion";
import { TryForm } from "../try/TryForm";
import "../try/try.css";
import { ErrorNote } from "../ui/ErrorNote";
import { Field } from "../ui/Field";
import { Spinner } from "../ui/Spinner";

/** Asks a dataset's model: the form, the answer, and why. */
export default function Try() {
  const { name } = useParams<{ name: string }>();
  const [search, setSearch] = useSearchParams();
  const version = search.get("version");
  const dataset = api.useQuery("get", "/api/datasets/{name}", { params: { path: { name } } });
  const pushed = dataset.data?.version ?? null;
  const form = api.useQuery(
    "get",
    "/api/datasets/{name}/form",
    { params: { path: { name }, query: version ? { version } : {} } },
    { enabled: pushed !== null, staleTime: Infinity },
  );
  const choose = (next: string) => setSearch(next ? { version: next } : {}, { replace: true });
  return (
    <main className="page">
      <div className="try-head">
        <div>
          <h1>Try {name}</h1>
          <p className="quiet">
            {dataset.data?.summary} <Link to={`/datasets/${name}`}>Versions</Link>
          </p>
        </div>
        {pushed !== null && <VersionChoice name={name} version={version} onChoose={choose} />}
      </div>
      <ErrorNote error={dataset.error ?? form.error} />
      {dataset.isPending && <Spinner label="Loading the dataset" />}
      {dataset.data && pushed === null && <NoVersion name={name} />}
      {form.isLoading && <Spinner label="Loading the form" />}
      {form.data && <TryForm key={`${name} ${version}`} form={form.data} version={version} />}
    </main>
  );
}

function VersionChoice({
  name,
  version,
  onChoose,
}: {
  name: string;
  version: string | null;
  onChoose: (version: string) => void;
}) {
  const { data } = api.useQuery("get", "/api/datasets/{name}/versions", { params: { path: { name } } });
  const rows = (data?.rows ?? []).filter(isServed);
  const [newest] = rows;
  return (
    <Field label="Version">
      {(ids) => (
        <select
          className="input"
          value={version ?? ""}
          onChange={(event) => onChoose(event.target.value)}
          {...ids}
        >
          <option value="">newest{newest ? ` (${newest.version})` : ""}</option>
          {rows.map((row) => (
            <option key={row.id} value={row.version!}>
              {[row.version, ...row.labels].join(", ")}
            </option>
          ))}
        </select>
      )}
    </Field>
  );
}

const isServed = (row: Message["VersionRow"]) =>
  row.version !== null && row.serving_version !== null && !row.removed;
