"""A graph as it is drawn, and what the server finds out about it.

A node is one call of a layer; an edge carries one tensor into one argument of a call. A drawing may be unfinished or wrong: it
is kept and reported on as it is, and only a complete one becomes a Keras model.
"""

from typing import Literal, Self

from pydantic import Field, model_validator

from studio.messages.message import Finite, Json, Message

_DEEPEST = 20  # nested models
MODEL = "Model"  # the ``layer`` of a nested model


class Position(Message):
    """Of a node's upper left corner on the canvas, in its pixels at zoom 1."""

    x: Finite = 0
    y: Finite = 0


class Node(Message):
    """One call of a layer.

    Attributes:
      id: unique in the graph; chosen by the page.
      layer: the name in the palette, e.g. ``Conv2D``, ``InputLayer``; ``Model`` for a nested model; for an operation that an
        imported model has, such as ``keras.ops.one_hot``, ``ops.OneHot``.
      name: Keras' name of the layer, unique among the layers of the graph.
      config: constructor arguments that differ from their defaults, as the layer's ``get_config`` has them.
      call: arguments of the call that are not tensors, by name.
      shares: the id of the node whose layer is called once more; its ``layer``, ``name``, ``config`` and ``graph`` count.
      graph: of a nested model.
      outputs: which of its tensors are outputs of the model, mostly ``[0]`` or none. Where no node has any, each tensor that
        feeds no other node is one.
      locked: whether the dataset fixes the node: its inputs, and the output that the task asks for.
      position: on the canvas.
    """

    id: str = Field(min_length=1, max_length=100)
    layer: str = Field(max_length=100)
    name: str = Field(max_length=200)
    config: dict[str, Json] = {}
    call: dict[str, Json] = {}
    shares: str | None = None
    graph: "Graph | None" = None
    outputs: list[int] = []
    locked: bool = False
    position: Position = Position()


class Edge(Message):
    """One tensor, from the call that makes it to a call that takes it.

    Attributes:
      source, target: ids of nodes.
      output: which tensor of the source, from 0.
      argument: of the target's call, as the palette's ``inputs`` name it, e.g. ``inputs``, ``query``, ``mask``.
      order: the place among the edges of an argument that takes a list of tensors; 0 otherwise.
    """

    id: str = Field(min_length=1, max_length=200)
    source: str
    target: str
    output: int = Field(default=0, ge=0)
    argument: str = "inputs"
    order: int = Field(default=0, ge=0)


class Graph(Message):
    """A drawing; the order of the nodes is that of the model's inputs and outputs.

    Attributes:
      version: of this form.
      name: the model's.
      dataset: whose inputs and output it has; None for a graph of its own.
    """

    version: Literal[1] = 1
    name: str = Field(default="model", max_length=200)
    dataset: str | None = None
    nodes: list[Node] = []
    edges: list[Edge] = []

    @model_validator(mode="after")
    def _check_depth(self) -> Self:
        # Inner graphs come first, so that no deeper one is ever walked through; pydantic could not write one of 255 levels.
        if _depth(self) > _DEEPEST:
            raise ValueError(f"models are nested more than {_DEEPEST} levels deep")
        return self


def _depth(graph: Graph) -> int:
    return 1 + max((_depth(node.graph) for node in graph.nodes if node.graph is not None), default=0)


class TensorSpec(Message):
    """A symbolic tensor; None in ``shape`` is a dimension of any size, the first one that of the batch."""

    shape: list[int | None]
    dtype: str


class Fix(Message):
    """A change that mends a problem, which the page makes when its button is pressed.

    Attributes:
      label: the button's, e.g. ``Insert Flatten before it``.
      action: ``insert`` puts a node of ``layer`` with ``config`` into the edge; ``set`` gives the argument ``field`` the
        ``value``; ``rename`` gives the node the name ``value``; ``remove_edge`` and ``remove_node`` take away.
    """

    label: str
    action: Literal["insert", "set", "rename", "remove_edge", "remove_node"]
    node: str | None = None
    edge: str | None = None
    layer: str | None = None
    config: dict[str, Json] = {}
    field: str | None = None
    value: Json = None


class GraphProblem(Message):
    """Something that is wrong, in plain words.

    Attributes:
      kind: ``layer`` (its arguments), ``shape`` (what it is called with), ``missing_input``, ``orphan`` (leads to no output,
        or comes of no input), ``cycle``, ``dangling_edge``, ``duplicate_name``, ``dataset`` (does not fit the dataset),
        ``limit``, or ``graph`` for all else.
      message: one line.
      nodes, edges: where.
      field: the constructor argument, where it is one.
      severity: an ``error`` keeps the graph from being trained, a ``warning`` does not.
      fix: what mends it, where that is obvious.
    """

    kind: Literal[
        "layer",
        "shape",
        "missing_input",
        "orphan",
        "cycle",
        "dangling_edge",
        "duplicate_name",
        "dataset",
        "limit",
        "graph",
    ]
    message: str
    nodes: list[str] = []
    edges: list[str] = []
    field: str | None = None
    severity: Literal["error", "warning"] = "error"
    fix: Fix | None = None


class NodeReport(Message):
    """What is known of a node.

    Attributes:
      outputs: its tensors; empty where they cannot be known.
      parameters, trainable: numbers in its weights; 0 for a node that shares another one's layer.
    """

    id: str
    outputs: list[TensorSpec] = []
    parameters: int = 0
    trainable: int = 0


class GraphReport(Message):
    """A check of a graph.

    Attributes:
      nodes: of every node, in the graph's order.
      problems: those of nodes among them.
      parameters, trainable: of the whole model.
      memory_bytes: an estimate of what training takes, from weights, optimizer and the activations of one batch; None for a
        graph with errors.
      can_train: whether no problem is an error.
      milliseconds: the check took.
    """

    nodes: list[NodeReport] = []
    problems: list[GraphProblem] = []
    parameters: int = 0
    trainable: int = 0
    memory_bytes: int | None = None
    can_train: bool = False
    milliseconds: float = 0


class CheckRequest(Message):
    """A graph to check; with ``dataset`` in it, against that dataset, too."""

    graph: Graph
    batch_size: int = Field(default=32, ge=1)


class ExportRequest(Message):
    """A graph to write as Keras' JSON (with positions), or as Python that makes the model by the functional API."""

    graph: Graph
    form: Literal["json", "python"]


class Exported(Message):
    """A file's suggested name and its text."""

    file: str
    text: str


class Imported(Message):
    """A graph that was read from a file.

    Attributes:
      notes: what was left out or changed, e.g. weights that a ``.keras`` archive has.
    """

    graph: Graph
    notes: list[str] = []


class DifferenceRequest(Message):
    """Two graphs to compare."""

    left: Graph
    right: Graph


class NodePair(Message):
    """A layer in both graphs; None where one of them lacks it.

    Attributes:
      state: how it differs.
      changes: constructor arguments that differ, by name: the left and the right value.
    """

    left: str | None
    right: str | None
    state: Literal["same", "changed", "added", "removed"]
    changes: dict[str, tuple[Json, Json]] = {}


class Difference(Message):
    """The graphs matched layer by layer, by names first, then by kind and place."""

    pairs: list[NodePair]
    added_edges: list[str] = []
    removed_edges: list[str] = []
