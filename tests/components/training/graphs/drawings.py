"""Drawings for the tests, in few words."""

import itertools
from typing import Any

Drawing = dict[str, Any]


def node(id: str, layer: str, config: dict[str, Any] | None = None, **more: Any) -> dict[str, Any]:
    return {"id": id, "layer": layer, "name": id, "config": config or {}, **more}


def edge(source: str, target: str, argument: str = "inputs", **more: Any) -> dict[str, Any]:
    return {
        "id": f"{source}>{target}>{argument}>{more.get('order', 0)}",
        "source": source,
        "target": target,
        "argument": argument,
        **more,
    }


def graph(nodes: list[dict[str, Any]], edges: list[dict[str, Any]], **more: Any) -> Drawing:
    return {"version": 1, "name": "model", "nodes": nodes, "edges": edges, **more}


def chain(*nodes: dict[str, Any]) -> Drawing:
    """Each node connected to the one before."""
    arguments = {"LSTM": "sequences", "GRU": "sequences", "Bidirectional": "sequences"}
    pairs = itertools.pairwise(nodes)
    return graph(list(nodes), [edge(a["id"], b["id"], arguments.get(b["layer"], "inputs")) for a, b in pairs])


def inputs(id: str = "in", *shape: int | None, dtype: str = "float32") -> dict[str, Any]:
    return node(id, "InputLayer", {"batch_shape": [None, *shape], "dtype": dtype})
