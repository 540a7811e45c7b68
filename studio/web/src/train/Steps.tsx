import { Check, CircleDashed, type LucideIcon, Loader, Recycle, X } from "lucide-react";
import type { Message } from "../api/client";
import { duration } from "../ui/format";

const SIGNS: Record<Message["JobStep"]["state"], { Icon: LucideIcon; word: string }> = {
  running: { Icon: Loader, word: "running" },
  done: { Icon: Check, word: "done" },
  cached: { Icon: Recycle, word: "cached" },
  failed: { Icon: X, word: "failed" },
};

/** The steps of a job as a checklist; the one that runs shows `doing`. */
export function Steps({
  steps,
  doing,
  isEnded,
}: {
  steps: readonly Message["JobStep"][];
  doing: string;
  isEnded: boolean;
}) {
  if (steps.length === 0)
    return <p className="quiet">{doing || (isEnded ? "No step was begun." : "Starting …")}</p>;
  return (
    <ol className="steps">
      {steps.map((step) => (
        <StepRow
          key={step.step}
          step={step}
          isEnded={isEnded}
          doing={step.state === "running" ? doing : ""}
        />
      ))}
    </ol>
  );
}

function StepRow({ step, doing, isEnded }: { step: Message["JobStep"]; doing: string; isEnded: boolean }) {
  // What was interrupted is neither done nor running any more.
  const isLeft = isEnded && step.state === "running";
  const { Icon, word } = isLeft ? { Icon: CircleDashed, word: "interrupted" } : SIGNS[step.state];
  const time = step.seconds === null || step.seconds === undefined ? "" : duration(step.seconds);
  return (
    <li className={`step step-${isLeft ? "left" : step.state}`}>
      <Icon size={16} aria-hidden className={word === "running" ? "turning" : undefined} />
      <span className="step-name">
        {step.step}
        {(step.detail || doing) && <span className="quiet"> {step.detail || doing}</span>}
      </span>
      <span className="quiet step-time">
        {step.state === "done" ? <span className="visually-hidden">{word} </span> : `${word} `}
        {step.state !== "cached" && time}
      </span>
    </li>
  );
}
