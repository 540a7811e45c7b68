"""The JSON of a load test's result: what ``load_test.json`` and ``--json`` have."""

from typing import Literal, NotRequired, TypedDict

Percentile = Literal["p50", "p95", "p99"]
PERCENTILES: tuple[Percentile, ...] = ("p50", "p95", "p99")


class SpreadJson(TypedDict):
    """Percentiles and maximum in milliseconds; see ``figures.Spread``."""

    p50: float | None
    p95: float | None
    p99: float | None
    max: float | None


class Window(TypedDict):
    """The answers whose requests were due in one window of time.

    Attributes:
      at: the window's middle, seconds from the first counted request.
      achieved: answers a second.
      p50, p95, p99: latency in milliseconds; None without answers.
    """

    at: float
    achieved: float
    p50: float | None
    p95: float | None
    p99: float | None


class FiguresJson(TypedDict):
    """One rate's figures; see ``figures.Figures`` for their units."""

    offered: float
    duration: float
    achieved: float
    requests: int
    answered: int
    errors: dict[str, int]
    error_texts: dict[str, str]
    latency: SpreadJson
    latency_from_send: SpreadJson
    refusals: SpreadJson
    refusals_from_send: SpreadJson
    behind: SpreadJson
    processor_us: float
    windows: list[Window]
    generator_behind: bool


class Machine(TypedDict):
    """The machine of the generator, and of the server too where the address is a loopback one."""

    cores: int | None
    architecture: str
    python: str


class Result(TypedDict):
    """A load test.

    Attributes:
      at: when it began, ISO 8601, UTC.
      batch: rows of one request.
      rows: different rows that were sent in turn.
      duration: seconds of each rate.
      p99_limit_ms: the p99 above which a rate is not sustained.
      rates: in the order in which they were measured.
      knee: the highest sustained rate of a sweep, else None.
      note: why the knee is not known to a tenth, where it is not.
      report: the report's folder; only in the output of the command, not in the report itself.
    """

    model: str
    version: str | None
    url: str
    at: str
    machine: Machine
    batch: int
    rows: int
    duration: float
    p99_limit_ms: float
    sweep: bool
    rates: list[FiguresJson]
    knee: FiguresJson | None
    note: str | None
    report: NotRequired[str]
