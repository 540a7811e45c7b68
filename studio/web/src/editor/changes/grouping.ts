import type { Direction } from "../../graph/layout";
import { descendants, type Graph, type GraphEdge, type GraphNode, MODEL, ownerOf } from "../../graph/model";
import type { Added } from "./adding";
import { freshId, freshName } from "./names";
import { NESTED_NAME, newInput, type SpecOf } from "./nesting";
import { outputsOf, sameTensor, type Tensor, withOutputs } from "./outputs";
import { centre, freePlace, placeBefore } from "./placing";

/** Why some nodes cannot become one nested model, in plain words; null where they can. */
export function groupProblem(graph: Graph, ids: string[], specOf: SpecOf): string | null {
  const { inside, entering } = cut(graph, ids);
  const name = (id: string) => graph.nodes.find((node) => node.id === id)?.name ?? id;
  if (!inside.length) return "Choose the nodes to group first.";
  const fixed = inside.find((node) => node.locked);
  if (fixed) return `${fixed.name} is fixed by the dataset: it stays outside of a nested model.`;
  const input = inside.find((node) => node.layer === "InputLayer");
  if (input) return `${input.name} is an input of the model: it stays outside of a nested one.`;
  const shared = inside.find((node) => calls(graph, node).some((call) => !inside.includes(call)));
  if (shared) return `A node outside calls the layer ${shared.name}, too: choose all of its calls or none.`;
  const between = graph.nodes.find((node) => !inside.includes(node) && liesBetween(graph, node.id, ids));
  if (between) return `${between.name} takes from these nodes and gives back to them: choose it, too.`;
  if (!entering.length) return "No tensor comes into these nodes from outside: connect them first.";
  const unknown = entering.find((tensor) => !specOf(tensor));
  if (unknown) {
    return `The shape that comes from ${name(unknown.source)} is not known yet, and a nested model's input needs one.`;
  }
  return null;
}

/** All nodes that call the layer that a node calls. */
function calls(graph: Graph, node: GraphNode): GraphNode[] {
  const owner = ownerOf(graph, node);
  return graph.nodes.filter((other) => other.id === owner.id || other.shares === owner.id);
}

function liesBetween(graph: Graph, id: string, ids: string[]): boolean {
  const behind = descendants(graph, id);
  return ids.some((one) => behind.has(one)) && ids.some((one) => descendants(graph, one).has(id));
}

interface Cut {
  inside: GraphNode[];
  /** Tensors of other nodes that these take, each once. */
  entering: Tensor[];
  /** Tensors of these that other nodes take or that are outputs of the model, in the order of the nodes. */
  leaving: Tensor[];
}

function cut(graph: Graph, ids: string[]): Cut {
  const chosen = new Set(ids);
  const inside = graph.nodes.filter((node) => chosen.has(node.id));
  const across = graph.edges.filter((edge) => chosen.has(edge.source) !== chosen.has(edge.target));
  const ends = outputsOf(graph).filter(({ source }) => chosen.has(source));
  const leaving = distinct([...across.filter(({ source }) => chosen.has(source)), ...ends]);
  const place = ({ source }: Tensor) => inside.findIndex((node) => node.id === source);
  leaving.sort((left, right) => place(left) - place(right) || left.output - right.output);
  return { inside, entering: distinct(across.filter(({ target }) => chosen.has(target))), leaving };
}

function distinct(tensors: Tensor[]): Tensor[] {
  const found: Tensor[] = [];
  for (const { source, output } of tensors) {
    if (!found.some((other) => sameTensor(other, { source, output }))) found.push({ source, output });
  }
  return found;
}

/**
 * The graph with some nodes in one nested model, which takes what they took from outside and gives what others take of them. They
 * keep their ids, names and places; `groupProblem` must have found nothing.
 */
export function grouped(graph: Graph, ids: string[], specOf: SpecOf, direction: Direction): Added {
  const pieces = cut(graph, ids);
  const { inside, entering, leaving } = pieces;
  const rest = { ...graph, nodes: graph.nodes.filter((node) => !inside.includes(node)) };
  const model: GraphNode = {
    id: freshId(graph, "n"),
    layer: MODEL,
    name: freshName(rest, NESTED_NAME),
    config: {},
    call: {},
    graph: nested(graph, pieces, specOf, direction),
    outputs: [],
    locked: false,
    position: freePlace(rest, centre(inside), direction),
  };
  const last = inside.at(-1)!;
  const nodes = graph.nodes.flatMap((node) => (node === last ? model : inside.includes(node) ? [] : node));
  const outside = (tensor: Tensor) => {
    const output = leaving.findIndex((other) => sameTensor(other, tensor));
    return output < 0 ? tensor : { source: model.id, output };
  };
  const kept = graph.edges.filter(({ target }) => !inside.some((node) => node.id === target));
  const edges = kept.map((edge) => ({ ...edge, ...outside(edge) }));
  const next = fed({ ...graph, nodes, edges }, graph.edges, model.id, entering);
  const marked = graph.nodes.some((node) => node.outputs.length > 0);
  return { graph: withOutputs(next, outputsOf(graph).map(outside), marked), id: model.id };
}

/** The graph with an edge for each input of the nested model; none has the id of an edge that is inside now. */
function fed(graph: Graph, before: GraphEdge[], target: string, entering: Tensor[]): Graph {
  let next = graph;
  entering.forEach((tensor, order) => {
    const id = freshId({ ...next, edges: [...before, ...next.edges] }, "e");
    next = { ...next, edges: [...next.edges, { id, ...tensor, target, argument: "inputs", order }] };
  });
  return next;
}

/** The nested model's own graph: an input for each tensor that enters, and those that leave as outputs. */
function nested(
  graph: Graph,
  { inside, entering, leaving }: Cut,
  specOf: SpecOf,
  direction: Direction,
): Graph {
  const marks = (id: string) => leaving.filter(({ source }) => source === id).map(({ output }) => output);
  const nodes = inside.map((node) => ({ ...node, outputs: marks(node.id) }));
  const known = new Set(nodes.map((node) => node.id));
  let inner: Graph = { version: 1, name: "model", dataset: null, nodes, edges: graph.edges };
  const inputs = entering.map((tensor, index) => {
    const input = newInput(inner, specOf(tensor), placeBefore(nodes, index, direction));
    inner = { ...inner, nodes: [...inner.nodes, input] };
    return input;
  });
  const within = (edge: GraphEdge) => {
    const index = entering.findIndex((tensor) => sameTensor(tensor, edge));
    return index < 0 ? edge : { ...edge, source: inputs[index]!.id, output: 0 };
  };
  const edges = graph.edges.filter(({ target }) => known.has(target)).map(within);
  return { ...inner, nodes: [...inputs, ...nodes], edges };
}
