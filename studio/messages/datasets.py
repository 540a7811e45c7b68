"""The datasets that have a page, as ``slipway describe --json`` shows them."""

from typing import Literal

from studio.messages.graphs import Graph
from studio.messages.message import Json, Message


class EncodedInput(Message):
    """A tensor that a model of the dataset may read: what Transform makes of a feature.

    Attributes:
      name: the tensor's.
      input_name: the name that an InputLayer of it has in a graph.
      kind: of its feature.
      shape: without the batch.
      ids: how many ids there are where it holds ids (0 to ids - 1); 0 where it holds none; None where that is known after the
        first preparation only (``POST /api/datasets/{name}/prepare``).
    """

    name: str
    input_name: str
    kind: Literal["number", "category", "text", "image", "timestamp", "set", "vector", "geo", "history"]
    shape: list[int]
    dtype: str
    ids: int | None


class TaskOutput(Message):
    """The last layer that the task asks for, as a node of a graph, and its loss in words."""

    layer: str
    name: str
    config: dict[str, Json]
    loss: str


class Task(Message):
    """What is predicted.

    Attributes:
      label: of several tasks that of the first.
      classes: None of numbers, and of several tasks.
      output: of several tasks all that the graph ends with: the units of each, side by side.
      tasks: where a model answers several labels, each of them; else none.
    """

    kind: Literal[
        "BinaryClassification", "MulticlassClassification", "MultiLabel", "Ordinal", "Regression", "Forecast", "Several"
    ]
    label: str
    classes: list[str] | None
    primary_metric: str
    output: TaskOutput
    tasks: list["Task"] = []


class SettingForm(Message):
    """A setting of model, training or splits (schemas.settings): what a form needs.

    Attributes:
      part: ``model`` settings have no meaning for a drawn graph.
      value: the page's.
    """

    part: Literal["model", "training", "splits"]
    name: str
    type: Literal["int", "float", "bool", "str", "list[int]", "list[str]"]
    value: Json
    help: str
    low: float | None = None
    high: float | None = None
    choices: list[str] = []
    logarithmic: bool = False


class Dataset(Message):
    """A dataset.

    Attributes:
      model: the page's model in words, e.g. ``Convolutional``.
      outside: whether its page stands outside of the package.
      prepared: whether the ids of every input are known.
      version: the newest version that was pushed.
      problem: why its page cannot be used; the lists are empty then.
    """

    name: str
    summary: str
    outside: bool
    model: str
    inputs: list[EncodedInput]
    task: Task | None
    settings: list[SettingForm]
    thresholds: dict[str, str]
    prepared: bool
    version: str | None
    problem: str | None = None


class StartGraph(Message):
    """A graph to begin with: the dataset's inputs and its output alone, or the page's own model."""

    graph: Graph
