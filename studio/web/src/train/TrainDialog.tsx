import type { Message } from "../api/client";

/** To be written: the form of a job, with the settings of the dataset's page. */
export function TrainDialog(_: {
  open: boolean;
  dataset: string;
  graph: Message["Graph"] | null;
  document: string | null;
  report: Message["GraphReport"] | null;
  onClose: () => void;
  onQueued: (job: Message["Job"]) => void;
}) {
  return null;
}
