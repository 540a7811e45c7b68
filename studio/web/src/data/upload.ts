import { type Message, ServerError } from "../api/client";
import { bytes } from "../ui/format";

/** Sends a file; `onProgress` gets the bytes that are sent. XMLHttpRequest, as fetch does not tell how far an upload is. */
export function upload(
  file: File,
  onProgress: (sent: number, total: number) => void,
  signal: AbortSignal,
): Promise<Message["Draft"]> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open("POST", "/api/drafts");
    request.setRequestHeader("x-slipway-studio", "1");
    request.responseType = "json";
    request.upload.onprogress = (event) => onProgress(event.loaded, event.total || file.size);
    request.onload = () => {
      if (request.status === 201) return resolve(request.response);
      const detail = request.response?.detail ?? `The server answered ${request.status}.`;
      reject(new ServerError(detail, request.status, request.response));
    };
    request.onerror = () =>
      reject(new ServerError("The studio does not answer; is it still running?", 0, null));
    request.onabort = () => reject(new DOMException("stopped", "AbortError"));
    signal.addEventListener("abort", () => request.abort());
    const body = new FormData();
    body.append("file", file);
    request.send(body);
  });
}

/** Why a file cannot be taken, before it is sent; null where it can. */
export function refusalOf(file: { name: string; size: number }, mostMegabytes: number | null): string | null {
  if (!/\.(csv|tsv|txt|parquet|jsonl|ndjson|zip|tar|tgz)$/i.test(file.name))
    return `${file.name} is no CSV, Parquet or JSON Lines file and no zip or tar; save a table as CSV, or zip a folder of pictures.`;
  if (file.size === 0) return `${file.name} is empty.`;
  if (mostMegabytes !== null && file.size > mostMegabytes * 1e6)
    return `${file.name} has ${bytes(file.size)}; the studio takes up to ${mostMegabytes} MB (slipway studio --max-upload-mb).`;
  return null;
}
