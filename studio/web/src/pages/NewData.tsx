import { useParams } from "wouter";
import { api } from "../api/client";
import { DraftForm } from "../data/DraftForm";
import { Forms } from "../data/Forms";
import { Upload } from "../data/Upload";
import "../data/data.css";
import { ErrorNote } from "../ui/ErrorNote";
import { Spinner } from "../ui/Spinner";

/** The user's own data: a file, then the page that is written for it. */
export default function NewData() {
  const { id } = useParams<{ id?: string }>();
  if (id) return <Drafted id={id} />;
  return (
    <main className="page">
      <h1>Your own data</h1>
      <p className="quiet">
        The studio reads the file, works out what its columns are, and writes the page that a pipeline runs
        from. You check it before anything is written. The data stays on this machine.
      </p>
      <Upload />
      <Forms />
    </main>
  );
}

function Drafted({ id }: { id: string }) {
  const { data, error, isPending } = api.useQuery(
    "get",
    "/api/drafts/{id}",
    { params: { path: { id } } },
    { staleTime: Infinity, refetchOnWindowFocus: false },
  );
  return (
    <main className="page">
      <h1>{data ? data.file : "Your own data"}</h1>
      {data && (
        <p className="quiet">
          {data.rows.toLocaleString("en")} {data.kind === "images" ? "pictures" : "rows"}
          {data.columns.length > 2 && `, ${data.columns.length} columns`}
        </p>
      )}
      <ErrorNote error={error} />
      {isPending && <Spinner label="Loading the draft" />}
      {data && <DraftForm key={id} draft={data} />}
    </main>
  );
}
