import { count, counted } from "../ui/format";
import { MODEL, type GraphNode, type NodeReport, type NodeState, type PaletteLayer } from "./model";

/** The colour of a group of layers, by a word of its name, as a token of `ui/tokens.css`. */
const COLOURS: [RegExp, string][] = [
  [/conv/i, "convolution"],
  [/pool/i, "pooling"],
  [/recurrent|rnn/i, "recurrent"],
  [/preprocess/i, "preprocessing"],
  [/normali/i, "normalization"],
  [/regulari/i, "regularization"],
  [/attention/i, "attention"],
  [/reshap/i, "reshaping"],
  [/merg/i, "merging"],
  [/activation/i, "activation"],
  [/core/i, "core"],
];

/** A CSS colour for a group of the palette. */
export function groupColour(group: string | undefined): string {
  const name = COLOURS.find(([pattern]) => pattern.test(group ?? ""))?.[1] ?? "other";
  return `var(--group-${name})`;
}

/** `(None, 26, 26, 32)` without the batch, for the node: `26 × 26 × 32`. */
export function shortShape(shape: (number | null)[]): string {
  const inner = shape.slice(1).map((size) => (size === null ? "?" : String(size)));
  return inner.length ? inner.join(" × ") : "scalar";
}

/** A shape for a screen reader: `None by 26 by 26 by 32`. */
export function spokenShape(shape: (number | null)[]): string {
  return shape.map((size) => size ?? "None").join(" by ");
}

/** A number of parameters in little room: `1,234,567`; from ten million on `12.3 M`. */
export function compact(value: number): string {
  if (value >= 1e10) return `${(value / 1e9).toFixed(1)} B`;
  return value >= 1e7 ? `${(value / 1e6).toFixed(1)} M` : count(value);
}

/** A value of an argument in few signs: `3 × 3`, `relu`, `L2`. */
export function shortValue(value: unknown): string {
  if (value === null || value === undefined) return "None";
  if (Array.isArray(value)) return value.map(shortValue).join(" × ");
  if (typeof value === "object") {
    const config = (value as { config?: unknown }).config;
    const name = (value as { class_name?: string }).class_name;
    return typeof config === "string" ? config : (name ?? "{…}");
  }
  return String(value);
}

/** The arguments of a node that matter, as one short line: required ones and common ones that were changed. */
export function configLine(owner: GraphNode, layer: PaletteLayer | undefined): string {
  if (owner.layer === MODEL) return counted(owner.graph?.nodes.length ?? 0, "layer");
  if (owner.layer === "InputLayer") return "";
  const hidden = (name: string) => name === "name" || name === "trainable";
  const shown = layer
    ? layer.arguments.filter(({ name, required, common }) => (required || common) && !hidden(name))
    : Object.keys(owner.config).map((name) => ({ name }));
  return shown
    .filter(({ name }) => owner.config[name] !== undefined && owner.config[name] !== null)
    .slice(0, 4)
    .map(({ name }) => {
      const value = shortValue(owner.config[name]);
      return /activation|layer/.test(name) ? value : `${name.replaceAll("_", " ")} ${value}`;
    })
    .join(" · ");
}

/** What a screen reader says of a node: its layer and name first. */
export function spokenNode(node: GraphNode, owner: GraphNode, state: NodeState | undefined): string {
  const words = [`${owner.layer} ${owner.name}`];
  if (node.shares) words.push("called again");
  const shapes = state?.report.outputs.map((output) => spokenShape(output.shape)) ?? [];
  if (shapes.length) words.push(`output ${shapes.join(" and ")}`);
  if (state) words.push(counted(state.report.parameters, "parameter"));
  const errors = state?.problems.filter((problem) => problem.severity === "error").length ?? 0;
  const warnings = (state?.problems.length ?? 0) - errors;
  if (errors) words.push(counted(errors, "error"));
  if (warnings) words.push(counted(warnings, "warning"));
  if (node.outputs.length) words.push("output of the model");
  if (node.locked) words.push("fixed by the dataset");
  return words.join(", ");
}

/** The shapes that come out of a node, one for each tensor. */
export function shapes(report: NodeReport | undefined): string[] {
  return report?.outputs.map((output) => shortShape(output.shape)) ?? [];
}
