"""What a run finds out: the verdict on a model, the outcome of the handpicked cases, and the result of the whole run.

Each is a JSON object too: verdict.json and cases.json in the artifacts, last_run.json in the home, ``slipway run --json``.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, TypedDict

from schemas.json_record import JsonRecord

Metrics = dict[str, float | None]
"""Metrics by name; None for one without a value on these examples, as the AUC of one class."""

# By calls, as "class" is a keyword of Python.
Expectation = TypedDict(
    "Expectation",
    {
        "class": str | list[str],
        "classes": list[str],
        "has": list[str],
        "confidence_at_least": float,
        "confidence_at_most": float,
        "between": list[float],
        "answer": bool,
    },
    total=False,
)
"""What a good model would answer to a case: one or more of the keys that ``schemas.cases`` explains. Of a model of several
tasks it is such an object by label."""


class IntervalJson(TypedDict):
    """Where the label is expected, in its own unit; ``share`` of all labels, 0 to 1, are to lie in their interval."""

    low: float
    high: float
    share: float


AnswerJson = TypedDict(
    "AnswerJson",
    {
        "class": str,
        "confidence": float,
        "classes": list[str],
        "probabilities": dict[str, float],
        "value": float,
        "interval": IntervalJson,
        "values": list[float],
        "error": str,
    },
    total=False,
)
"""An answer as JSON has it: ``class``, ``confidence`` (0 to 1) and, where they are known, ``probabilities`` by class; or
``classes``, any number of them, and ``probabilities``; or ``value``, in the label's own unit, and its ``interval`` where the
model has one; or ``values`` of a forecast; or, of a case alone, ``error``: why there is no finite answer. Of several tasks it
is such an object by label."""


def is_several(answer: Mapping[str, Any]) -> bool:
    """Whether an answer or an expectation is that of several tasks."""
    # None of a single task has nothing but objects, whatever the labels are called.
    return bool(answer) and all(isinstance(part, Mapping) for part in answer.values())


@dataclass(frozen=True)
class Interval(JsonRecord):
    """A number that was measured on a sample, and its 95% interval.

    Attributes:
      value: None where it has none, as the AUC of one class.
      low, high: None where there is no interval, as of one example.
    """

    value: float | None
    low: float | None
    high: float | None


@dataclass(frozen=True)
class Check(JsonRecord):
    """One condition of the blessing.

    Attributes:
      kind: ``threshold``, ``naive baseline``, ``last blessed`` or ``contract``.
      metric: the metric's name; of a contract the contract itself, whose value is the share of examples that keep it.
      value: what the candidate reached; None if the metric has no value on these examples, which fails the check.
      bound: what it had to reach (or to surpass, for the naive baseline).
      margin: by how much it is better than the bound; negative if it failed, None without a value.
      of: what ``value`` is: the metric's ``value``, or the ``lower bound`` or ``upper bound`` of its 95% interval.
    """

    kind: str
    metric: str
    value: float | None
    bound: float
    margin: float | None
    passed: bool
    of: str = "value"


@dataclass(frozen=True)
class ContractResult(JsonRecord):
    """How a model kept one behaviour contract (schemas.contracts).

    Attributes:
      contract: as the page writes it.
      bound: the share that must keep it.
      examples: how many test examples the change changed.
      share: of them that kept it; None where there was none.
      passed: whether the share reaches the bound; None where nothing was tried, which decides nothing.
      broken: keys of the first examples that did not keep it.
    """

    contract: str
    bound: float
    examples: int
    share: float | None
    passed: bool | None
    broken: tuple[str, ...]


@dataclass(frozen=True)
class SliceResult(JsonRecord):
    """The metrics of a slice of the judged examples.

    Attributes:
      slice: its value by column, as text; empty for all examples.
      examples: how many it has.
      metrics: by name.
      intervals: the same with their 95% intervals; empty where an older version measured.
    """

    slice: dict[str, str]
    examples: int
    metrics: Metrics
    intervals: dict[str, Interval] = field(default_factory=dict)


@dataclass(frozen=True)
class Verdict(JsonRecord):
    """Whether a model is good enough, and what that rests on.

    Attributes:
      blessed: whether every check passed.
      checks: all conditions.
      split: whose examples judged it.
      examples: how many they are.
      metrics: of all of them, by name.
      naive: the naive baseline's primary metric.
      baseline: the last blessed model's metrics on the same examples, None if it was not compared with one.
      slices: the metrics by slice.
      worst_slice: the one with the worst primary metric, None without slices that are large enough.
      baseline_note: why it was not compared with the last blessed model, None if it was.
      intervals: of ``metrics``, 95%; empty where an older version judged.
      contracts: how the page's behaviour contracts were kept.
      caution: how little the primary metric means, in a sentence, where the test split is small; else "".
    """

    blessed: bool
    checks: tuple[Check, ...]
    split: str
    examples: int
    metrics: Metrics
    naive: dict[str, float]
    baseline: Metrics | None
    slices: tuple[SliceResult, ...]
    worst_slice: SliceResult | None
    baseline_note: str | None
    intervals: dict[str, Interval] = field(default_factory=dict)
    contracts: tuple[ContractResult, ...] = ()
    caution: str = ""


@dataclass(frozen=True)
class CaseResult(JsonRecord):
    """The outcome of one handpicked case.

    Attributes:
      line, why, expect: of the case (schemas.cases.Case).
      answer: ``{"class", "confidence"}``, ``{"value"}``, or ``{"error": reason}`` where there is no finite answer.
      passed: whether the answer is as expected.
      input: of the case; None where an older version recorded it.
    """

    line: int
    why: str
    expect: Expectation
    answer: AnswerJson
    passed: bool
    input: Any = None


@dataclass(frozen=True)
class CasesSummary(JsonRecord):
    """What the version map keeps of the cases: how many there were, how many passed, and the others."""

    count: int
    passed: int
    failed: tuple[CaseResult, ...]


@dataclass(frozen=True)
class CasesReport(JsonRecord):
    """The outcome of all handpicked cases of a dataset: how many there are, how many passed, and each in its file's order."""

    count: int
    passed: int
    results: tuple[CaseResult, ...]

    @classmethod
    def of(cls, results: tuple[CaseResult, ...]) -> "CasesReport":
        """The report of ``results``, with its two counts."""
        return cls(len(results), sum(result.passed for result in results), results)

    @property
    def failed(self) -> tuple[CaseResult, ...]:
        """The cases with another answer than expected, in their file's order."""
        return tuple(result for result in self.results if not result.passed)

    def summary(self) -> CasesSummary:
        """The report without the cases that passed, as the version map keeps it."""
        return CasesSummary(self.count, self.passed, self.failed)


@dataclass(frozen=True, kw_only=True)
class RunResult(JsonRecord):
    """What ``slipway run --json`` prints.

    Attributes:
      dataset: the page's name.
      run_id: the run.
      version, serving_version: the semantic and the integer version of the pushed model, None where none was pushed.
      pushed_to: its folder, None where none was pushed.
      blessed, metrics, intervals, caution, examples, split, naive, baseline, baseline_note, checks, contracts, worst_slice,
        slices: see ``Verdict``.
      devices: what the model was trained on; "" where an older version recorded the run.
      cases: the outcome of the handpicked cases.
      seconds: by step, with ``Imports``; and ``total``.
      cached: the steps whose earlier outputs were used.
      limit: the most rows that were read, 0 for all.
      repeated: whether this is the result of an earlier run since which nothing changed.
      log: the file, or in a cluster the folder, with the libraries' output.
      excluded: why a column was left out, by column.
      report: the file of the report for people; None where it could not be written.
    """

    dataset: str
    run_id: str
    blessed: bool
    version: str | None
    serving_version: int | None
    pushed_to: str | None
    metrics: Metrics
    # Defaults amid fields without: the fields stand in the order of the JSON's keys.
    intervals: dict[str, Interval] = field(default_factory=dict)
    caution: str = ""
    examples: int
    split: str
    naive: dict[str, float]
    baseline: Metrics | None
    baseline_note: str | None
    devices: str = ""
    checks: tuple[Check, ...]
    contracts: tuple[ContractResult, ...] = ()
    worst_slice: SliceResult | None
    slices: tuple[SliceResult, ...]
    cases: CasesReport
    seconds: dict[str, float]
    cached: tuple[str, ...]
    limit: int
    repeated: bool
    log: str
    excluded: dict[str, str]
    report: str | None = None
