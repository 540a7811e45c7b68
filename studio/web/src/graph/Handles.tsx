import { Handle, Position } from "@xyflow/react";
import type { CSSProperties } from "react";
import { inputHandle, outputHandle } from "./flow";
import type { Direction } from "./layout";
import type { TensorArgument } from "./model";

/** The places of a node where edges end: one for each tensor that its call takes, and one for each that it makes. */
export function Handles({
  inputs,
  outputs,
  direction,
  connectable,
}: {
  inputs: TensorArgument[];
  outputs: number;
  direction: Direction;
  connectable: boolean;
}) {
  const down = direction === "TB";
  const named = inputs.length > 1;
  return (
    <>
      {inputs.map((input, index) => (
        <Handle
          key={input.name}
          id={inputHandle(input.name)}
          type="target"
          position={down ? Position.Top : Position.Left}
          isConnectable={connectable}
          className={`${input.optional ? "handle-optional" : ""} ${input.many ? "handle-many" : ""}`}
          style={along(index, inputs.length, down)}
          title={spoken(input)}
        >
          {named && <span className="handle-name">{input.name}</span>}
        </Handle>
      ))}
      {Array.from({ length: outputs }, (_, index) => (
        <Handle
          key={index}
          id={outputHandle(index)}
          type="source"
          position={down ? Position.Bottom : Position.Right}
          isConnectable={connectable}
          style={along(index, outputs, down)}
          title={outputs > 1 ? `Output ${index}` : "Output"}
        />
      ))}
    </>
  );
}

function along(index: number, of: number, down: boolean): CSSProperties {
  const place = `${((index + 1) * 100) / (of + 1)}%`;
  return down ? { left: place } : { top: place };
}

function spoken({ name, many, optional }: TensorArgument): string {
  return `${name}${many ? ": any number of tensors" : ""}${optional ? " (may be left out)" : ""}`;
}
