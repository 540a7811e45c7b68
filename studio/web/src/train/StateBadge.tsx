import { Ban, Check, CircleAlert, Clock, Loader, type LucideIcon, X } from "lucide-react";
import type { Message } from "../api/client";
import { Badge } from "../ui/Badge";
import { STATE } from "./words";

const ICONS: Record<Message["Job"]["state"], LucideIcon> = {
  queued: Clock,
  running: Loader,
  blessed: Check,
  not_blessed: X,
  done: Check,
  failed: CircleAlert,
  cancelled: Ban,
};

/** A job's state as word, sign and colour. */
export function StateBadge({ state }: { state: Message["Job"]["state"] }) {
  const Icon = ICONS[state];
  return (
    <Badge tone={STATE[state].tone}>
      <Icon size={13} aria-hidden className={state === "running" ? "turning" : undefined} />{" "}
      {STATE[state].word}
    </Badge>
  );
}
