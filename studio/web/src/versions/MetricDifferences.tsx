import { ArrowLeft, ArrowRight } from "lucide-react";
import type { Message } from "../api/client";
import { DataTable } from "../ui/DataTable";
import { bounds, metricName, metricValue, signed } from "../ui/format";

/** The metrics of two versions side by side: which is better stands in words, with a sign, and whether that may be chance. */
export function MetricDifferences({
  metrics,
  left,
  right,
}: {
  metrics: readonly Message["MetricDifference"][];
  left: string;
  right: string;
}) {
  return (
    <DataTable
      caption="Metrics side by side"
      hideCaption
      head={["metric", left, right, "better"]}
      rows={metrics.map((each) => ({
        key: each.metric,
        cells: [
          metricName(each.metric),
          <Measured key="left" value={each.left} interval={each.left_interval} />,
          <Measured key="right" value={each.right} interval={each.right_interval} />,
          <Better key="better" difference={each} left={left} right={right} />,
        ],
      }))}
    />
  );
}

function Measured({ value, interval }: { value: number | null; interval: (number | null)[] | null }) {
  return (
    <>
      <b>{metricValue(value)}</b>
      <span className="quiet measured-interval">{bounds(interval)}</span>
    </>
  );
}

function Better({
  difference: { better, significant, left: before, right: after },
  left,
  right,
}: {
  difference: Message["MetricDifference"];
  left: string;
  right: string;
}) {
  if (better === null) return <span className="quiet">neither</span>;
  const isRight = better === "right";
  const Icon = isRight ? ArrowRight : ArrowLeft;
  return (
    <span className={isRight ? "better-right" : "better-left"}>
      <Icon size={14} aria-hidden /> {isRight ? right : left}
      <span className="quiet measured-interval">
        {before !== null && after !== null && signed(after - before)} {certainty(significant)}
      </span>
    </span>
  );
}

function certainty(significant: boolean | null): string {
  if (significant === null) return "";
  return significant ? "(not by chance)" : "(may be chance)";
}
