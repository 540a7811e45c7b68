import { BaseEdge, type EdgeProps, getBezierPath } from "@xyflow/react";
import { memo, useContext } from "react";
import type { FlowEdge } from "../graph/flow";
import { DialogsContext } from "./dialogs";

/** An edge with a plus in its middle, which puts a layer into it; it shows while the edge is pointed at or chosen. */
export const InsertEdge = memo(function InsertEdge(props: EdgeProps<FlowEdge>) {
  const { search } = useContext(DialogsContext);
  const [path, x, y] = getBezierPath(props);
  const insert = (event: { stopPropagation: () => void }) => {
    event.stopPropagation();
    search({ edge: props.id });
  };
  return (
    <>
      <BaseEdge path={path} markerEnd={props.markerEnd} style={props.style} interactionWidth={26} />
      {/* The keyboard inserts by choosing the node before and adding: the plus is for pointers. */}
      <g
        className="edge-plus"
        role="button"
        tabIndex={-1}
        aria-label="Insert a layer here"
        onClick={insert}
        transform={`translate(${x} ${y})`}
      >
        <circle r={18} className="edge-plus-room" />
        <circle r={10} className="edge-plus-dot" />
        <path d="M-4.5 0H4.5M0-4.5V4.5" />
      </g>
    </>
  );
});
