import type { Message } from "../api/client";
import type { NodeState, Problem } from "../graph/model";

export type GraphReport = Message["GraphReport"];
export type NodeStates = Map<string, NodeState>;

/**
 * What a report says of each node. A node about which nothing new is said keeps its object, so that only the nodes whose state
 * changed are drawn again.
 */
export function nodeStates(report: GraphReport, before: NodeStates): NodeStates {
  const problems = new Map<string, Problem[]>();
  for (const problem of worstFirst(report.problems)) {
    for (const id of problem.nodes) problems.set(id, [...(problems.get(id) ?? []), problem]);
  }
  const next: NodeStates = new Map();
  for (const node of report.nodes) {
    const state = { report: node, problems: problems.get(node.id) ?? [] };
    const old = before.get(node.id);
    next.set(node.id, old && JSON.stringify(old) === JSON.stringify(state) ? old : state);
  }
  return next;
}

/** Errors before warnings. */
export function worstFirst(problems: Problem[]): Problem[] {
  const isError = (problem: Problem) => problem.severity === "error";
  return [...problems.filter(isError), ...problems.filter((problem) => !isError(problem))];
}

/** Why a graph cannot be trained now, in one line; null where it can. */
export function untrainable(report: GraphReport | null, dataset: string | null | undefined): string | null {
  if (!dataset) return "Choose a dataset to train on first.";
  if (!report) return "The graph is not checked yet.";
  if (report.can_train) return null;
  const errors = report.problems.filter((problem) => problem.severity === "error").length;
  if (!errors) return "The graph cannot be trained as it is.";
  return errors === 1 ? "One error has to be mended first." : `${errors} errors have to be mended first.`;
}

/** What is said when a check comes back. */
export function spokenReport(report: GraphReport): string {
  const errors = report.problems.filter((problem) => problem.severity === "error").length;
  const warnings = report.problems.length - errors;
  if (errors)
    return `${errors} ${errors === 1 ? "error" : "errors"}: ${report.problems.find((p) => p.severity === "error")!.message}`;
  const noted = warnings ? `, ${warnings} ${warnings === 1 ? "warning" : "warnings"}` : "";
  return `The graph is right: ${report.parameters.toLocaleString("en")} parameters${noted}.`;
}
