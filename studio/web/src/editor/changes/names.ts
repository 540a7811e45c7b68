import type { Graph } from "../../graph/model";

/** The name that Keras itself would begin with: `MaxPooling2D` is `max_pooling2d`. */
export function snakeCase(layer: string): string {
  return layer
    .replace(/\W+/g, "_")
    .replace(/(.)([A-Z][a-z]+)/g, "$1_$2")
    .replace(/([a-z])([A-Z])/g, "$1_$2")
    .toLowerCase();
}

/** A name that no node of the graph has: `wanted`, else `wanted_1`, `wanted_2`, … */
export function freshName(graph: Graph, wanted: string): string {
  const taken = new Set(graph.nodes.map((node) => node.name));
  if (!taken.has(wanted)) return wanted;
  const base = wanted.replace(/_\d+$/, "");
  for (let number = 1; ; number++) {
    if (!taken.has(`${base}_${number}`)) return `${base}_${number}`;
  }
}

/** An id that neither a node nor an edge of the graph has. */
export function freshId(graph: Graph, prefix: "n" | "e"): string {
  const taken = [...graph.nodes, ...graph.edges].map(({ id }) => Number(/^[ne](\d+)$/.exec(id)?.[1] ?? 0));
  return `${prefix}${Math.max(0, ...taken) + 1}`;
}

/** Why a layer may not have a name; null where it may. */
export function nameProblem(graph: Graph, id: string, name: string): string | null {
  if (!name.trim()) return "A layer needs a name.";
  if (name.includes("/")) return "Keras takes no / in the name of a layer.";
  const owner = graph.nodes.find((node) => node.id === id)?.shares ?? id;
  const other = graph.nodes.find(
    (node) => node.name === name && node.id !== owner && node.shares !== owner && node.id !== id,
  );
  return other ? `${other.layer} has this name; each layer needs its own.` : null;
}
