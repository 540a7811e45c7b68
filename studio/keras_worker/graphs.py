"""What the worker of graphs is asked, on JSON's types."""

from typing import Any

from components.training.graphs import checking, python, reading, writing
from components.training.graphs import palette as palettes
from schemas import graphs


def palette(_: None) -> dict[str, Any]:
    """``studio.messages.palette.Palette``."""
    return palettes.palette()


def check(payload: dict[str, Any]) -> dict[str, Any]:
    """``studio.messages.graphs.GraphReport`` of a drawing; the payload has the arguments of checking.check by name."""
    return checking.check(payload.pop("graph"), **payload)


def write_json(graph: Any) -> str:
    """A complete drawing as a file: Keras' JSON, with positions. Raises InputError for one that is not complete."""
    return graphs.dumps(writing.file(graph), indent=1) + "\n"


def write_python(graph: Any) -> str:
    """A complete drawing as a Python module. Raises InputError for one that is not complete."""
    return python.source(graph)


def read(config: dict[str, Any]) -> Any:
    """The drawing of a file's JSON. Raises InputError for what cannot be drawn."""
    return reading.graph(config)


def warm_up() -> None:
    """Makes the palette, which is kept, and a first check, so that the first answers are as fast as the later ones."""
    palettes.palette()
    node = {"id": "a", "layer": "InputLayer", "name": "a", "config": {"batch_shape": [None, 8, 8, 1]}}
    convolution = {"id": "b", "layer": "Conv2D", "name": "b", "config": {"filters": 1, "kernel_size": 3}}
    edge = {"id": "e", "source": "a", "target": "b", "output": 0, "argument": "inputs", "order": 0}
    checking.check({"nodes": [node, convolution], "edges": [edge]})
