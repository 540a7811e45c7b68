import { type Edge, type Node, Position } from "@xyflow/react";
import type { Direction } from "./layout";
import type { Graph, GraphEdge, GraphNode } from "./model";

/** A node of the canvas: the graph's own one is its data, so that nothing is kept twice. */
export type FlowNode = Node<{ node: GraphNode; direction: Direction }, "layer">;
export type FlowEdge = Edge<{ edge: GraphEdge }>;

export const inputHandle = (argument: string): string => `in:${argument}`;
export const outputHandle = (output: number): string => `out:${output}`;

/** The argument or the number of the tensor that a handle stands for. */
export function argumentOf(handle: string | null | undefined): string {
  return handle?.startsWith("in:") ? handle.slice(3) : "inputs";
}
export function outputOf(handle: string | null | undefined): number {
  return handle?.startsWith("out:") ? Number(handle.slice(4)) : 0;
}

export function toFlowNode(node: GraphNode, direction: Direction, more: Partial<FlowNode> = {}): FlowNode {
  return {
    id: node.id,
    type: "layer",
    position: node.position,
    data: { node, direction },
    sourcePosition: direction === "TB" ? Position.Bottom : Position.Right,
    targetPosition: direction === "TB" ? Position.Top : Position.Left,
    ...more,
  };
}

export function toFlowEdge(edge: GraphEdge, more: Partial<FlowEdge> = {}): FlowEdge {
  return {
    id: edge.id,
    source: edge.source,
    target: edge.target,
    sourceHandle: outputHandle(edge.output),
    targetHandle: inputHandle(edge.argument),
    data: { edge },
    ...more,
  };
}

/** A graph of the canvas' nodes and edges; `graph` gives all that the canvas does not show. */
export function fromFlow(graph: Graph, nodes: FlowNode[], edges: FlowEdge[]): Graph {
  return {
    ...graph,
    nodes: nodes.map(({ data, position }) => ({ ...data.node, position: { x: position.x, y: position.y } })),
    edges: edges.map((edge) => ({
      id: edge.id,
      source: edge.source,
      target: edge.target,
      output: outputOf(edge.sourceHandle),
      argument: argumentOf(edge.targetHandle),
      order: edge.data?.edge.order ?? 0,
    })),
  };
}

/** Edges whose two nodes are there: the canvas cannot draw another one (the check names it). */
export function drawable(graph: Graph): GraphEdge[] {
  const known = new Set(graph.nodes.map((node) => node.id));
  return graph.edges.filter((edge) => known.has(edge.source) && known.has(edge.target));
}
