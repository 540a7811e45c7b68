import { useParams } from "wouter";
import { api } from "../api/client";
import { Badge } from "../ui/Badge";
import { ErrorNote } from "../ui/ErrorNote";
import { Spinner } from "../ui/Spinner";
import { DatasetActions } from "../versions/DatasetActions";
import { DatasetFacts } from "../versions/DatasetFacts";
import { VersionRows } from "../versions/VersionRows";
import "../versions/versions.css";

/** A dataset: what it predicts, what can be done with it, and the versions of its model. */
export default function Dataset() {
  const { name = "" } = useParams<{ name: string }>();
  const params = { path: { name } };
  const { data, error } = api.useQuery("get", "/api/datasets/{name}", { params });
  const versions = api.useQuery("get", "/api/datasets/{name}/versions", { params });
  return (
    <main className="page">
      <h1>
        {name} {data?.outside && <Badge>your own page</Badge>}
      </h1>
      <ErrorNote error={error} />
      {!data && !error && <Spinner label={`Reading ${name}`} />}
      {data && (
        <div className="stack">
          <p className="dataset-summary">{data.summary}</p>
          <ErrorNote error={data.problem} />
          {!data.problem && <DatasetActions dataset={data} />}
          {!data.problem && <DatasetFacts dataset={data} />}
          <section aria-labelledby="versions">
            <h2 id="versions">Versions</h2>
            <ErrorNote error={versions.error} />
            {versions.data ? (
              <VersionRows versions={versions.data} />
            ) : (
              !versions.error && <Spinner label="Reading" />
            )}
          </section>
        </div>
      )}
    </main>
  );
}
