import { CircleAlert, Link2, Lock, LogOut, SquareStack, TriangleAlert } from "lucide-react";
import type { CSSProperties, ReactNode } from "react";
import { configLine, compact, groupColour, shapes } from "./describing";
import { type GraphNode, MODEL, type NodeState, type PaletteLayer } from "./model";

const ICON = { size: 13, "aria-hidden": true } as const;

/** How a node looks, in the editor and in a graph that is only looked at. */
export function LayerCard({
  node,
  owner,
  layer,
  state,
  className = "",
  children,
}: {
  node: GraphNode;
  owner: GraphNode;
  layer: PaletteLayer | undefined;
  state?: NodeState;
  className?: string;
  children?: ReactNode;
}) {
  const worst = worstOf(state);
  const line = configLine(owner, layer);
  return (
    <div
      className={`layer-card ${worst ? `layer-${worst}` : ""} ${className}`}
      style={{ "--group": groupColour(owner.layer === MODEL ? "core" : layer?.group) } as CSSProperties}
    >
      <div className="layer-head">
        <strong>{owner.layer}</strong>
        <Marks node={node} worst={worst} />
      </div>
      <div className="layer-body">
        <span className="layer-name">{owner.name}</span>
        {line && <span className="layer-line">{line}</span>}
        <Result state={state} />
      </div>
      {children}
    </div>
  );
}

function worstOf(state: NodeState | undefined): "error" | "warning" | null {
  if (!state?.problems.length) return null;
  return state.problems.some((problem) => problem.severity === "error") ? "error" : "warning";
}

/** Small signs at the right of the head, each with its words. */
function Marks({ node, worst }: { node: GraphNode; worst: "error" | "warning" | null }) {
  const marks: [boolean, string, ReactNode][] = [
    [!!node.shares, "Calls the layer of another node again", <Link2 key="s" {...ICON} />],
    [node.layer === MODEL, "A model of its own: double click opens it", <SquareStack key="m" {...ICON} />],
    [node.outputs.length > 0, "An output of the model", <LogOut key="o" {...ICON} />],
    [node.locked, "Fixed by the dataset", <Lock key="l" {...ICON} />],
    [worst === "error", "Has an error", <CircleAlert key="e" {...ICON} />],
    [worst === "warning", "Has a warning", <TriangleAlert key="w" {...ICON} />],
  ];
  return (
    <span className="layer-marks">
      {marks
        .filter(([shown]) => shown)
        .map(([, title, icon]) => (
          <span key={title} title={title}>
            {icon}
          </span>
        ))}
    </span>
  );
}

function Result({ state }: { state: NodeState | undefined }) {
  const found = shapes(state?.report);
  if (!found.length) return null;
  return (
    <span className="layer-result">
      <span>{found.join(", ")}</span>
      {state!.report.parameters > 0 && (
        <span title={`${state!.report.parameters.toLocaleString("en")} parameters`}>
          {compact(state!.report.parameters)} params
        </span>
      )}
    </span>
  );
}
