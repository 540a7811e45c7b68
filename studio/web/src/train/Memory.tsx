import { TriangleAlert } from "lucide-react";
import type { Message } from "../api/client";
import { bytes, counted } from "../ui/format";

const NEAR = 0.8;

/** How large the model is and what its training takes, with a warning near the limit. */
export function Memory({ report, limitMb }: { report: Message["GraphReport"]; limitMb: number | null }) {
  const needs = report.memory_bytes ?? null;
  const limit = limitMb === null ? null : limitMb * 1e6;
  const share = needs === null || limit === null ? 0 : needs / limit;
  const size = counted(report.parameters, "parameter");
  const takes = needs === null ? "" : `; beside the libraries its training takes about ${bytes(needs)}`;
  const of = limit === null ? "" : ` of the ${bytes(limit)} allowed`;
  if (share < NEAR) return <p className="quiet train-memory">{`${size}${takes}${of}.`}</p>;
  return (
    <p className={`note train-memory ${share > 1 ? "note-bad" : "note-waiting"}`}>
      <TriangleAlert size={16} aria-hidden />
      {`${size}${takes}${of}: `}
      {share > 1 ? "it would be stopped. " : "that is near the limit. "}A smaller batch or smaller layers take
      less.
    </p>
  );
}
