"""Graphs to begin with: a dataset's inputs and the output that its task asks for, or the model of its page."""

from pathlib import Path

from schemas import page_folders
from schemas.home import Home
from studio.messages.datasets import Dataset, EncodedInput, TaskOutput
from studio.messages.graphs import Graph, Node, Position

_IN_A_ROW = 6  # inputs: with more, a graph would be wider than a screen
_WIDE, _HIGH, _GAP = 240, 144, 192  # pixels of a node with its margins, and between inputs and output


def empty(dataset: Dataset) -> Graph:
    """The inputs above, the output below, all locked; what comes between is drawn.

    Raises:
      ValueError: the dataset's page has a mistake.
    """
    if dataset.task is None:
        raise ValueError(dataset.problem)
    rows = -(-len(dataset.inputs) // _IN_A_ROW)
    wide = min(len(dataset.inputs), _IN_A_ROW)
    inputs = [
        _input(one, Position(x=_WIDE * (at % _IN_A_ROW), y=_HIGH * (at // _IN_A_ROW)))
        for at, one in enumerate(dataset.inputs)
    ]
    place = Position(x=_WIDE * (wide - 1) / 2, y=_HIGH * rows + _GAP)
    return Graph(name=dataset.name, dataset=dataset.name, nodes=[*inputs, _output(dataset.task.output, place)])


def _input(one: EncodedInput, position: Position) -> Node:
    config = {"shape": one.shape, "dtype": one.dtype}
    return Node(
        id=one.input_name,
        layer="InputLayer",
        name=one.input_name,
        config=config,
        locked=True,
        position=position,
    )


def _output(output: TaskOutput, position: Position) -> Node:
    return Node(
        id="output",
        layer=output.layer,
        name=output.name,
        config=output.config,
        outputs=[0],
        locked=True,
        position=position,
    )


def of_dataset(graph: Graph, dataset: Dataset) -> Graph:
    """A page's model as a graph of the dataset: its inputs and its output are locked, as the task fixes them."""
    inputs = {one.input_name for one in dataset.inputs}
    output = dataset.task.output.name if dataset.task is not None else None
    fixed = inputs | {output}
    nodes = [node.model_copy(update={"locked": node.name in fixed}) for node in graph.nodes]
    return graph.model_copy(update={"dataset": dataset.name, "nodes": nodes})


def page_graph(home: Home, dataset: str) -> Path:
    """Where the graph of a page's own model is kept: the file that a ``prepare`` job makes."""
    return home.root / "studio" / "graphs" / f"{dataset}.json"


def is_current(file: Path, dataset: str) -> bool:
    """Whether a page's graph was made since the page was last changed."""
    pages = (folder / f"{dataset}.py" for folder in (page_folders.PACKAGE, *page_folders.outside()))
    changed = max((page.stat().st_mtime for page in pages if page.is_file()), default=0.0)
    return file.is_file() and file.stat().st_mtime >= changed
