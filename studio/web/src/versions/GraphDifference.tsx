import { lazy, Suspense, useMemo, useState } from "react";
import type { Message } from "../api/client";
import { Button } from "../ui/Button";
import { Spinner } from "../ui/Spinner";
import { type Change, merged, shownValue, statesOf, summary } from "./merging";

const GraphView = lazy(() => import("../graph/GraphView").then(({ GraphView }) => ({ default: GraphView })));

interface Props {
  left: Message["Graph"];
  right: Message["Graph"];
  difference: Message["Difference"];
  names: { left: string; right: string };
}

/** Two graphs drawn over each other with what differs lit, or side by side. */
export function GraphDifference({ left, right, difference, names }: Props) {
  const [beside, setBeside] = useState(false);
  const over = useMemo(() => merged(left, right, difference), [left, right, difference]);
  const lit = summary(difference);
  return (
    <section aria-labelledby="graphs">
      <div className="row graph-head">
        <h2 id="graphs">Graphs</h2>
        <Button aria-pressed={beside} onClick={() => setBeside(!beside)}>
          Side by side
        </Button>
      </div>
      <p>
        {lit
          ? `From ${names.left} to ${names.right}: ${lit}.`
          : `The graphs of ${names.left} and ${names.right} are the same.`}
      </p>
      <Suspense fallback={<Spinner label="Loading the graphs" />}>
        {beside ? (
          <Beside {...{ left, right, difference, names }} />
        ) : (
          <div className="graph-box">
            <GraphView
              graph={over.graph}
              states={over.states}
              label={`${names.left} and ${names.right} over each other`}
            />
          </div>
        )}
      </Suspense>
      <Changes changes={over.changes} />
    </section>
  );
}

function Beside({ left, right, difference, names }: Props) {
  return (
    <div className="graphs-beside">
      {(["left", "right"] as const).map((side) => {
        const graph = side === "left" ? left : right;
        return (
          <figure key={side}>
            <figcaption>{names[side]}</figcaption>
            <div className="graph-box">
              <GraphView
                graph={graph}
                states={statesOf(graph, difference, side)}
                label={`The graph of ${names[side]}`}
              />
            </div>
          </figure>
        );
      })}
    </div>
  );
}

function Changes({ changes }: { changes: readonly Change[] }) {
  if (changes.length === 0) return null;
  return (
    <ul className="changes" aria-label="Changed layers">
      {changes.map((change) => (
        <li key={change.id}>
          <b>{change.name}</b> <span className="quiet">({change.layer})</span>
          {change.arguments.map(([name, before, after]) => (
            <div key={name}>
              {name}: <del>{shownValue(before)}</del> → <ins>{shownValue(after)}</ins>
            </div>
          ))}
        </li>
      ))}
    </ul>
  );
}
