import { api, type Message } from "../api/client";
import { ErrorNote } from "../ui/ErrorNote";
import { Modal } from "../ui/Modal";
import { Spinner } from "../ui/Spinner";
import "./train.css";
import { TrainForm } from "./TrainForm";

export interface Drawing {
  graph: Message["Graph"] | null;
  document: string | null;
  /** Settings to begin with, as texts by name. */
  settings?: Record<string, string>;
}

/** The form of a job, with the settings of the dataset's page; `graph` null trains the page's own model. */
export function TrainDialog({
  open,
  dataset,
  graph,
  document,
  report,
  settings,
  onClose,
  onQueued,
}: Drawing & {
  open: boolean;
  dataset: string;
  report: Message["GraphReport"] | null;
  onClose: () => void;
  onQueued: (job: Message["Job"]) => void;
}) {
  return (
    <Modal open={open} title="Train" onClose={onClose}>
      <Contents {...{ dataset, graph, document, report, settings, onClose, onQueued }} />
    </Modal>
  );
}

function Contents({
  dataset,
  ...rest
}: Drawing & {
  dataset: string;
  report: Message["GraphReport"] | null;
  onClose: () => void;
  onQueued: (job: Message["Job"]) => void;
}) {
  const { data, error } = api.useQuery("get", "/api/datasets/{name}", {
    params: { path: { name: dataset } },
  });
  const state = api.useQuery("get", "/api/state");
  if (error) return <ErrorNote error={error} />;
  if (!data) return <Spinner label={`Reading the settings of ${dataset}`} />;
  if (data.problem) return <ErrorNote error={data.problem} />;
  // The page's values must be known before the form begins: it keeps what differs from them.
  return <TrainForm dataset={data} limits={state.data?.limits ?? null} {...rest} />;
}
