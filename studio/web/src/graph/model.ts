import type { Message } from "../api/client";

export type Graph = Message["Graph"];
export type GraphNode = Message["Node"];
export type GraphEdge = Message["Edge"];
export type NodeReport = Message["NodeReport"];
export type Problem = Message["GraphProblem"];
export type Fix = Message["Fix"];
export type Palette = Message["Palette"];
export type PaletteLayer = Message["PaletteLayer"];
export type Argument = Message["Argument"];
export type TensorArgument = Message["TensorArgument"];
export type TensorSpec = Message["TensorSpec"];

/** The `layer` of a nested model. */
export const MODEL = "Model";

/** What the check found out about one node. */
export interface NodeState {
  report: NodeReport;
  problems: Problem[];
}

/** The node whose layer a node calls: itself, or the one that it shares. */
export function ownerOf(graph: Graph, node: GraphNode): GraphNode {
  return node.shares ? (graph.nodes.find((other) => other.id === node.shares) ?? node) : node;
}

/** How tensors come to a nested model: all in one argument, in the order of its inputs. */
export const NESTED_INPUT: TensorArgument = { name: "inputs", many: true, optional: false };

/**
 * The tensors that a node's call takes: as the palette has them, else as the edges show them (a nested model, or an operation
 * of an imported one).
 */
export function inputsOf(graph: Graph, node: GraphNode, layer: PaletteLayer | undefined): TensorArgument[] {
  if (node.layer === "InputLayer") return [];
  if (node.layer === MODEL) {
    const count = node.graph?.nodes.filter((inner) => inner.layer === "InputLayer").length ?? 1;
    return [{ ...NESTED_INPUT, many: count > 1 }];
  }
  const named = layer?.inputs ?? [];
  const drawn = graph.edges.filter((edge) => edge.target === node.id).map((edge) => edge.argument);
  const unnamed = [...new Set(drawn)].filter((name) => !named.some((input) => input.name === name));
  const inputs = [...named, ...unnamed.map((name) => ({ name, many: true, optional: true }))];
  return inputs.length || layer ? inputs : [NESTED_INPUT];
}

/** How many tensors come out of a node: what the check says, and at least what is drawn. */
export function outputCount(graph: Graph, node: GraphNode, report?: NodeReport): number {
  const drawn = graph.edges.filter((edge) => edge.source === node.id).map((edge) => edge.output + 1);
  return Math.max(1, report?.outputs.length ?? 1, ...drawn, ...node.outputs.map((index) => index + 1));
}

/** Ids of the nodes that a node's tensors go to (`1`) or come from (`-1`), each once, in the order of the edges. */
export function neighbours(graph: Graph, id: string, way: 1 | -1): string[] {
  const found = graph.edges
    .filter((edge) => (way === 1 ? edge.source : edge.target) === id)
    .map((edge) => (way === 1 ? edge.target : edge.source));
  return [...new Set(found)];
}

/** Ids of all nodes that can be reached along the edges, without the one that one starts from (unless on a cycle). */
export function descendants(graph: Graph, id: string): Set<string> {
  const found = new Set<string>();
  const waiting = [id];
  while (waiting.length) {
    for (const next of neighbours(graph, waiting.pop()!, 1)) {
      if (!found.has(next)) {
        found.add(next);
        waiting.push(next);
      }
    }
  }
  return found;
}
