import { useQueryClient } from "@tanstack/react-query";
import { Pencil, Plus, Trash2 } from "lucide-react";
import { type FormEvent, useState } from "react";
import { Link } from "wouter";
import { api, client, type Message } from "../api/client";
import { Button } from "../ui/Button";
import { ErrorNote } from "../ui/ErrorNote";
import { Field } from "../ui/Field";
import { Modal } from "../ui/Modal";
import { moment } from "../ui/format";
import { Spinner } from "../ui/Spinner";
import { useRemoving } from "./removing";

const MOST = 8;

/** Drawings, the last edited first: open, rename, remove with undo. */
export function Drawings() {
  const { data, error, isPending } = api.useQuery("get", "/api/documents");
  const [renaming, setRenaming] = useState<Message["DocumentRow"] | null>(null);
  const [all, setAll] = useState(false);
  const removing = useRemoving();
  const rows = (data ?? []).filter((row) => row.id !== removing.going?.id);
  return (
    <section aria-labelledby="drawings">
      <div className="row drawings-head">
        <h2 id="drawings">Drawings</h2>
        <Link className="button" to="/draw/new">
          <Plus size={16} aria-hidden /> Empty canvas
        </Link>
      </div>
      <ErrorNote error={error ?? removing.error} />
      {isPending && <Spinner label="Loading the drawings" />}
      {data && rows.length === 0 && !removing.going && (
        <p className="quiet empty">
          What you draw is kept here. A drawing begins with a dataset below, or with an empty canvas.
        </p>
      )}
      {rows.length > 0 && (
        <ul className="drawings card">
          {rows.slice(0, all ? undefined : MOST).map((row) => (
            <li key={row.id}>
              <Link to={`/draw/${row.id}`} className="drawing-name">
                {row.name}
              </Link>
              <span className="quiet drawing-facts">
                {row.dataset ?? "no dataset"}, {row.layers} {row.layers === 1 ? "layer" : "layers"},{" "}
                {moment(row.modified)}
              </span>
              <span className="row">
                <Button
                  look="plain"
                  aria-label={`Rename ${row.name}`}
                  title="Rename"
                  onClick={() => setRenaming(row)}
                >
                  <Pencil size={16} aria-hidden />
                </Button>
                <Button
                  look="plain"
                  aria-label={`Remove ${row.name}`}
                  title="Remove"
                  onClick={() => removing.remove(row)}
                >
                  <Trash2 size={16} aria-hidden />
                </Button>
              </span>
            </li>
          ))}
        </ul>
      )}
      {rows.length > MOST && !all && <Button onClick={() => setAll(true)}>All {rows.length} drawings</Button>}
      {removing.going && (
        <div className="toast" role="status">
          <span>“{removing.going.name}” is removed.</span>
          <Button onClick={removing.undo}>Undo</Button>
        </div>
      )}
      {renaming && <Rename row={renaming} onClose={() => setRenaming(null)} />}
    </section>
  );
}

function Rename({ row, onClose }: { row: Message["DocumentRow"]; onClose: () => void }) {
  const queries = useQueryClient();
  const [name, setName] = useState(row.name);
  const [error, setError] = useState<string | null>(null);
  const rename = async (event: FormEvent) => {
    event.preventDefault();
    try {
      const { data } = await client.GET("/api/documents/{id}", { params: { path: { id: row.id } } });
      const body = { name: name.trim(), graph: data!.graph, revision: data!.revision };
      await client.PUT("/api/documents/{id}", { params: { path: { id: row.id } }, body });
      await queries.invalidateQueries(api.queryOptions("get", "/api/documents"));
      onClose();
    } catch (found) {
      setError(found instanceof Error ? found.message : String(found));
    }
  };
  return (
    <Modal open title="Rename the drawing" onClose={onClose}>
      <form className="stack" onSubmit={rename}>
        <Field label="Name" error={error}>
          {(ids) => (
            <input
              className="input"
              value={name}
              maxLength={200}
              onChange={(event) => setName(event.target.value)}
              {...ids}
            />
          )}
        </Field>
        <div className="row">
          <Button type="submit" look="primary" disabled={name.trim() === ""}>
            Rename
          </Button>
          <Button onClick={onClose}>Cancel</Button>
        </div>
      </form>
    </Modal>
  );
}
