import { type Direction, withLayout } from "../../graph/layout";
import { type Graph, type GraphEdge, type GraphNode, MODEL } from "../../graph/model";
import { reordered } from "./connecting";
import { freshId, freshName } from "./names";
import { outputsOf, type Tensor, withOutputs } from "./outputs";
import { centre, overlapping } from "./placing";

/** Why a node cannot be ungrouped, in plain words; null where it can. */
export function ungroupProblem(graph: Graph, id: string): string | null {
  const node = graph.nodes.find((other) => other.id === id);
  if (!node || node.layer !== MODEL) return `${node?.name ?? "This"} is no nested model.`;
  if (node.locked) return `${node.name} is fixed by the dataset.`;
  if (node.shares || graph.nodes.some((other) => other.shares === id)) {
    return `${node.name} is called more than once: remove the other calls first.`;
  }
  const own = [...Object.keys(node.config), ...Object.keys(node.call)];
  if (own.length) return `${node.name} has ${own.join(", ")} set for all of its layers: it stays one model.`;
  return null;
}

/**
 * The graph with the layers of a nested model in its place, under their ids and names where these are free; what its inputs stood
 * for is connected directly. `ungroupProblem` must have found nothing.
 */
export function ungrouped(graph: Graph, id: string, direction: Direction): { graph: Graph; ids: string[] } {
  const model = graph.nodes.find((node) => node.id === id)!;
  const inner: Graph = model.graph ?? { version: 1, name: "model", dataset: null, nodes: [], edges: [] };
  const rest: Graph = { ...graph, nodes: graph.nodes.filter((node) => node !== model) };
  const layers = inner.nodes.filter((node) => node.layer !== "InputLayer");
  const moved = movedOut(rest, model, layers);
  const inward = resolver(graph, id, inner, moved.ids);
  const given = outputsOf(inner);
  const outward = (tensor: Tensor) => (tensor.source === id ? inward(given[tensor.output]) : tensor);
  const nodes = graph.nodes.flatMap((node) => (node === model ? moved.nodes : node));
  const kept = graph.edges.filter(({ target }) => target !== id);
  const edges = [
    ...kept.flatMap((edge) => withSource(edge, outward(edge)) ?? []),
    ...freed(inner.edges, graph).flatMap((edge) => {
      const target = moved.ids.get(edge.target);
      return (target && withSource({ ...edge, target }, inward(edge))) || [];
    }),
  ];
  const ends = outputsOf(graph).flatMap((tensor) => outward(tensor) ?? []);
  const marked = graph.nodes.some((node) => node.outputs.length > 0);
  const whole = withOutputs({ ...graph, nodes, edges: reordered(edges) }, ends, marked);
  const ids = moved.nodes.map((node) => node.id);
  return { graph: overlapping(whole, ids) ? withLayout(whole, direction) : whole, ids };
}

function withSource(edge: GraphEdge, tensor: Tensor | null): GraphEdge | null {
  return tensor && { ...edge, source: tensor.source, output: tensor.output };
}

/** The inner edges under ids that no outer one has. */
function freed(inner: GraphEdge[], graph: Graph): GraphEdge[] {
  const taken = new Set(graph.edges.map((edge) => edge.id));
  let known = { ...graph, edges: [...graph.edges, ...inner] };
  return inner.map((edge) => {
    if (!taken.has(edge.id)) return edge;
    const fresh = { ...edge, id: freshId(known, "e") };
    known = { ...known, edges: [...known.edges, fresh] };
    return fresh;
  });
}

/** The layers of a nested model as nodes of the outer graph, around the place that it had; and their new ids by the old ones. */
function movedOut(rest: Graph, model: GraphNode, layers: GraphNode[]) {
  const taken = new Set(rest.nodes.map((node) => node.id));
  const from = centre(layers);
  const ids = new Map<string, string>();
  const names = new Map<string, string>();
  const nodes: GraphNode[] = [];
  for (const node of layers) {
    const known = { ...rest, nodes: [...rest.nodes, ...layers, ...nodes] };
    const id = taken.has(node.id) ? freshId(known, "n") : node.id;
    const owner = node.shares ?? node.id;
    const name = names.get(owner) ?? freshName({ ...rest, nodes: [...rest.nodes, ...nodes] }, node.name);
    ids.set(node.id, id);
    names.set(owner, name);
    const x = node.position.x + model.position.x - from.x;
    const y = node.position.y + model.position.y - from.y;
    nodes.push({ ...node, id, name, position: { x, y } });
  }
  const owned = (node: GraphNode) => (node.shares ? { ...node, shares: ids.get(node.shares) } : node);
  return { nodes: nodes.map(owned), ids };
}

/** What a tensor inside is outside: an inner input stands for what is connected there, null where nothing is. */
function resolver(graph: Graph, id: string, inner: Graph, ids: Map<string, string>) {
  const arriving = graph.edges
    .filter((edge) => edge.target === id)
    .sort((left, right) => left.order - right.order);
  const inputs = inner.nodes.filter((node) => node.layer === "InputLayer");
  return (tensor: Tensor | undefined): Tensor | null => {
    const input = inputs.findIndex((node) => node.id === tensor?.source);
    if (input >= 0) {
      const edge = arriving[input];
      return edge ? { source: edge.source, output: edge.output } : null;
    }
    const source = tensor && ids.get(tensor.source);
    return source ? { source, output: tensor.output } : null;
  };
}
