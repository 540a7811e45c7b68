import { FileUp } from "lucide-react";
import { useRef, useState } from "react";
import { useLocation } from "wouter";
import { api } from "../api/client";
import { Button } from "../ui/Button";
import { ErrorNote } from "../ui/ErrorNote";
import { bytes } from "../ui/format";
import { useDrop } from "../ui/useDrop";
import { refusalOf, upload } from "./upload";

type Sending = { file: File; sent: number; total: number; stop: AbortController };

/** Takes a file of the user's; what it becomes stands at /data/<id>. */
export function Upload() {
  const { data: state } = api.useQuery("get", "/api/state");
  const [sending, setSending] = useState<Sending | null>(null);
  const [error, setError] = useState<unknown>(null);
  const input = useRef<HTMLInputElement>(null);
  const [, go] = useLocation();
  const most = state?.limits.upload_mb ?? null;

  const send = async (file: File) => {
    const refusal = refusalOf(file, most);
    setError(refusal);
    if (refusal) return;
    const stop = new AbortController();
    setSending({ file, sent: 0, total: file.size, stop });
    try {
      const draft = await upload(file, (sent, total) => setSending({ file, sent, total, stop }), stop.signal);
      go(`/data/${draft.id}`);
    } catch (found) {
      if (!(found instanceof DOMException)) setError(found);
    }
    setSending(null);
  };
  const drop = useDrop((file) => !sending && void send(file));
  return (
    <div className="stack">
      <div className="card upload" {...drop}>
        <FileUp size={36} aria-hidden />
        <p>
          <strong>Drop a file here</strong>
          <br />
          <span className="quiet">
            a CSV table, or a zip of pictures{most !== null && `, up to ${most} MB`}
          </span>
        </p>
        <input
          ref={input}
          className="visually-hidden"
          type="file"
          accept=".csv,.tsv,.txt,.parquet,.jsonl,.ndjson,.zip,.tar,.tgz,.gz,.xz,.zst,.bz2,text/csv,application/zip"
          aria-label="Choose a file"
          onChange={(event) => {
            const file = event.target.files?.[0];
            if (file) void send(file);
            event.target.value = "";
          }}
        />
        <Button look="primary" disabled={sending !== null} onClick={() => input.current!.click()}>
          Choose a file
        </Button>
      </div>
      {sending && <Progress sending={sending} />}
      <ErrorNote error={error} />
    </div>
  );
}

function Progress({ sending }: { sending: Sending }) {
  const { file, sent, total, stop } = sending;
  const arrived = sent >= total;
  return (
    <div className="card upload-progress" role="status">
      <span>
        {file.name}: {arrived ? "it is here; the studio reads it" : `${bytes(sent)} of ${bytes(total)}`}
      </span>
      <progress aria-label={`Sending ${file.name}`} max={total} value={arrived ? undefined : sent} />
      <Button onClick={() => stop.abort()}>Stop</Button>
    </div>
  );
}
