"""A drawing checked symbolically: shapes, parameters and problems, node by node."""

import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from components.training.graphs import dataset_fit, structure
from components.training.graphs.evaluating import Called
from components.training.graphs.findings import Problem
from components.training.graphs.memory import memory_bytes
from components.training.graphs.walking import Evaluated, evaluate

_DEEPEST = 10  # nested models


def check(
    graph: dict[str, Any],
    *,
    batch_size: int = 32,
    max_nodes: int = 2000,
    max_parameters: int = 200_000_000,
    dataset: dict[str, Any] | None = None,
) -> dict[str, Any]:
    """A report of the form of studio.messages.graphs.GraphReport. Raises nothing for what is drawn.

    Args:
      graph: of the form of studio.messages.graphs.Graph; anything may be in it.
      dataset: of the form of studio.messages.datasets.Dataset, whose inputs and output the graph has to have.
    """
    begun = time.perf_counter()
    nodes = _count(graph, 0)
    if nodes > max_nodes:
        said = (
            f"the graph has {nodes:,} nodes, which is more than the {max_nodes:,} allowed, or models in models too deep"
        )
        return _report(graph, Evaluated(structure.look({"nodes": [], "edges": []})), [Problem("limit", said)], begun)
    found = evaluate(structure.look(graph))
    problems = [*found.structure.problems, *found.problems, *_limit(found, max_parameters)]
    if dataset is not None:
        problems = _with_dataset(problems, list(dataset_fit.problems(found.structure, found.tensors, dataset)))
    report = _report(graph, found, problems, begun)
    if report["can_train"]:
        report["memory_bytes"] = memory_bytes(found.weight_bytes, found.trainable, found.activations, batch_size)
    return report


def _count(graph: dict[str, Any], depth: int) -> float:
    nested = [node["graph"] for node in graph["nodes"] if node.get("graph")]
    if depth > _DEEPEST:
        return float("inf")
    return len(graph["nodes"]) + sum(_count(one, depth + 1) for one in nested)


def _with_dataset(problems: list[Problem], of_dataset: list[Problem]) -> list[Problem]:
    """All of them; an edge has one fix alone, and what the dataset says of it knows more."""
    mended = {one.fix.edge for one in of_dataset if one.fix and one.fix.edge}
    kept = [replace(one, fix=None) if one.fix and one.fix.edge in mended else one for one in problems]
    return [*kept, *of_dataset]


def _limit(found: Evaluated, most: int) -> Iterator[Problem]:
    if found.parameters > most:
        largest = max(found.called, key=lambda id: found.called[id].parameters)
        named, count = found.structure.name(largest), found.called[largest].parameters
        said = f"{found.parameters:,} parameters, more than the {most:,} allowed; {count:,} are in {named}"
        yield Problem("limit", said, [largest])


def _report(graph: dict[str, Any], found: Evaluated, problems: Sequence[Problem], begun: float) -> dict[str, Any]:
    return {
        "nodes": [_node_report(found, node["id"]) for node in graph["nodes"]],
        "problems": [one.as_json() for one in problems],
        "parameters": found.parameters,
        "trainable": found.trainable,
        "memory_bytes": None,
        "can_train": all(one.severity != "error" for one in problems),
        "milliseconds": (time.perf_counter() - begun) * 1000,
    }


def _node_report(found: Evaluated, id: str) -> dict[str, Any]:
    called = found.called.get(id, Called())
    outputs = [{"shape": list(one.shape), "dtype": one.dtype} for one in found.tensors.get(id, ())]
    return {"id": id, "outputs": outputs, "parameters": called.parameters, "trainable": called.trainable}
