"""Versions of a dataset's model, and two of them side by side."""

from studio.messages.graphs import Difference, Graph
from studio.messages.message import Json, Message


class VersionRow(Message):
    """A model of the version map.

    Attributes:
      id: the semantic version, or the run's id of a model that was refused: what the other routes take.
      sparkline: the eval loss by epoch.
      parameters: of model and training, flat, as texts.
      removed: whether its folder was removed.
    """

    id: str
    version: str | None
    serving_version: int | None
    run_id: str | None
    at: str | None
    blessed: bool
    removed: bool
    labels: list[str]
    metrics: dict[str, float | None]
    intervals: dict[str, list[float | None]]
    sparkline: list[float]
    drawn: bool
    has_graph: bool
    has_report: bool
    parameters: dict[str, str]


class Versions(Message):
    """Newest first; ``primary_metric`` and whether more of it is better."""

    dataset: str
    primary_metric: str | None
    higher_is_better: bool
    rows: list[VersionRow]


class MetricDifference(Message):
    """A metric of both; ``better`` is ``right``, ``left`` or None; ``significant`` is None where that was not tested."""

    metric: str
    left: float | None
    right: float | None
    left_interval: list[float | None] | None
    right_interval: list[float | None] | None
    better: str | None
    significant: bool | None


class Comparison(Message):
    """Two versions.

    Attributes:
      settings: what differs in features and parameters: by dotted name the left and the right value, as texts.
      left_graph, right_graph: None where an older Slipway kept none.
      notes: what could not be compared and why.
    """

    left: VersionRow
    right: VersionRow
    metrics: list[MetricDifference]
    settings: dict[str, tuple[str | None, str | None]]
    left_graph: Graph | None
    right_graph: Graph | None
    difference: Difference | None
    notes: list[str]


class Latency(Message):
    """Milliseconds of one request with the example, through gateway and model server."""

    version: str
    requests: int
    median: float
    p95: float


class Latencies(Message):
    """Two versions, asked in turn."""

    left: Latency
    right: Latency


class SearchTrials(Message):
    """The last workflow or tuning of a dataset, as ``slipway workflow --json`` prints it; None where there was none."""

    result: dict[str, Json] | None
