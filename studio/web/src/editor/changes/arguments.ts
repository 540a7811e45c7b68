import { type Fix, type Graph, type GraphNode, ownerOf } from "../../graph/model";
import type { Direction } from "../../graph/layout";
import { insertOnEdge, type Layers } from "./adding";
import { withoutEdges } from "./connecting";
import { withoutNodes } from "./removing";

function changed(graph: Graph, id: string, change: (node: GraphNode) => GraphNode): Graph {
  return { ...graph, nodes: graph.nodes.map((node) => (node.id === id ? change(node) : node)) };
}

function ownerId(graph: Graph, id: string): string {
  const node = graph.nodes.find((other) => other.id === id);
  return node ? ownerOf(graph, node).id : id;
}

/** The graph with a constructor argument of a node's layer set; undefined gives it its default again. */
export function withArgument(graph: Graph, id: string, name: string, value: unknown): Graph {
  return changed(graph, ownerId(graph, id), (node) => {
    const config = { ...node.config, [name]: value };
    if (value === undefined) delete config[name];
    return { ...node, config };
  });
}

/** The graph with a node's layer named anew, in every call of it. */
export function withName(graph: Graph, id: string, name: string): Graph {
  const owner = ownerId(graph, id);
  return {
    ...graph,
    nodes: graph.nodes.map((node) => (node.id === owner || node.shares === owner ? { ...node, name } : node)),
  };
}

/** The graph with one tensor of a node made an output of the model, or no longer one. */
export function withOutput(graph: Graph, id: string, output: number, on: boolean): Graph {
  return changed(graph, id, (node) => {
    const others = node.outputs.filter((index) => index !== output);
    return { ...node, outputs: on ? [...others, output].sort((left, right) => left - right) : others };
  });
}

export function withPositions(graph: Graph, places: Map<string, { x: number; y: number }>): Graph {
  return {
    ...graph,
    nodes: graph.nodes.map((node) => {
      const place = places.get(node.id);
      const same = !place || (place.x === node.position.x && place.y === node.position.y);
      return same ? node : { ...node, position: place };
    }),
  };
}

/** The graph with a problem mended as the check proposes; null where the fix no longer fits the graph. */
export function withFix(graph: Graph, fix: Fix, layers: Layers, direction: Direction): Graph | null {
  const known = graph.nodes.some((node) => node.id === fix.node);
  switch (fix.action) {
    case "insert": {
      const edge = fix.edge ?? graph.edges.find((other) => other.target === fix.node)?.id;
      const layer = layers.get(fix.layer ?? "");
      return (edge && layer && insertOnEdge(graph, edge, layer, direction, fix.config)?.graph) || null;
    }
    case "set":
      return known && fix.field ? withArgument(graph, fix.node!, fix.field, fix.value) : null;
    case "rename":
      return known && typeof fix.value === "string"
        ? changed(graph, fix.node!, (node) => ({ ...node, name: fix.value as string }))
        : null;
    case "remove_edge":
      return fix.edge ? withoutEdges(graph, [fix.edge]) : null;
    case "remove_node":
      return known ? withoutNodes(graph, [fix.node!]) : null;
  }
}
