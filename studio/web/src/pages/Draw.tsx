import { useEffect, useState } from "react";
import { Link, useLocation, useParams, useSearchParams } from "wouter";
import { client, type Message } from "../api/client";
import { readDraft } from "../editor/drafts";
import { Editor } from "../editor/Editor";
import { freeName } from "../editor/naming";
import { createEditor, type Editor as EditorStore } from "../editor/store";
import { ErrorNote } from "../ui/ErrorNote";
import { Spinner } from "../ui/Spinner";

/** The editor: `/draw/<id>` opens a document, `/draw/new` (with `?dataset=` and `of=page`) makes one. */
export default function Draw() {
  const { id } = useParams<{ id: string }>();
  return id === "new" ? <NewDrawing /> : <OpenDrawing key={id} id={id} />;
}

function Failed({ error }: { error: unknown }) {
  return (
    <main className="page stack">
      <h1>Draw</h1>
      <ErrorNote error={error} />
      <Link to="/">Back to the studio</Link>
    </main>
  );
}

/** One request for each address, also where React mounts the page twice. */
const making = new Map<string, Promise<string>>();

function NewDrawing() {
  const [, go] = useLocation();
  const [search] = useSearchParams();
  const dataset = search.get("dataset");
  const of = search.get("of") === "page" ? "page" : "empty";
  const [error, setError] = useState<unknown>(null);
  useEffect(() => {
    const key = `${dataset} ${of}`;
    const made = making.get(key) ?? made_(dataset, of);
    making.set(key, made);
    made.then((id) => go(`/draw/${id}`, { replace: true }), setError).finally(() => making.delete(key));
  }, [dataset, of, go]);
  return error ? <Failed error={error} /> : <Spinner label="Making a new drawing" />;
}

async function made_(dataset: string | null, of: "empty" | "page"): Promise<string> {
  let graph: Message["Graph"] = { version: 1, name: "model", dataset: null, nodes: [], edges: [] };
  if (dataset) {
    const params = { path: { name: dataset }, query: { of } };
    graph = (await client.GET("/api/datasets/{name}/graph", { params })).data!.graph;
  }
  const name = await freeName(dataset ? `${dataset} drawing` : "New drawing");
  return (await client.POST("/api/documents", { body: { name, graph } })).data!.id;
}

function OpenDrawing({ id }: { id: string }) {
  const [editor, setEditor] = useState<EditorStore | null>(null);
  const [error, setError] = useState<unknown>(null);
  useEffect(() => {
    let gone = false;
    client.GET("/api/documents/{id}", { params: { path: { id } } }).then(
      ({ data }) => !gone && setEditor(opened(data!)),
      (reason) => !gone && setError(reason),
    );
    return () => {
      gone = true;
    };
  }, [id]);
  if (error) return <Failed error={error} />;
  return editor ? <Editor editor={editor} /> : <Spinner label="Opening the drawing" />;
}

/** The document as an editor; with what this browser drew and could not save, which is saved then (or meets a conflict). */
function opened(document: Message["Document"]): EditorStore {
  const editor = createEditor(document, { width: window.innerWidth - 560, height: window.innerHeight - 120 });
  const draft = readDraft(document.id);
  if (draft) {
    const words = "What you had drawn and not saved is here again.";
    // After the editor listens, so that the draft is saved like any other change.
    setTimeout(() => {
      editor.setState({ revision: draft.revision, notice: words, said: words });
      editor.getState().rename(draft.name);
      editor.getState().edit(() => draft.graph);
    }, 0);
  }
  return editor;
}
