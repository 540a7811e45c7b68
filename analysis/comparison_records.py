"""What two versions' answers to the same examples have in common, and what not."""

from dataclasses import dataclass

from schemas.json_record import JsonRecord
from schemas.records import Interval


@dataclass(frozen=True)
class MetricDifference(JsonRecord):
    """One metric of two versions, on the examples that both answered.

    Attributes:
      name: the metric.
      higher_is_better: as the task says.
      before, after: with 95% intervals.
      difference: after - before, with the 95% interval of the paired difference.
      conclusion: ``better`` or ``worse`` where that interval does not hold 0, else ``no clear difference``.
    """

    name: str
    higher_is_better: bool
    before: Interval
    after: Interval
    difference: Interval
    conclusion: str


@dataclass(frozen=True)
class Sides(JsonRecord):
    """How many examples of a classification, of several classes with all of them, are right before and after.

    Attributes:
      both_right, both_wrong: on the same side in both.
      fixed: wrong before, right after.
      broken: right before, wrong after.
      p_value: of McNemar's test (1947) that both versions are right equally often.
      exact: whether by the binomial distribution; else by chi-square with continuity correction (Edwards, 1948).
    """

    both_right: int
    fixed: int
    broken: int
    both_wrong: int
    p_value: float
    exact: bool


@dataclass(frozen=True)
class ChangedExample(JsonRecord):
    """An example that the two versions answer differently.

    Attributes:
      key, source_row: as predictions.parquet has them; the row that ``after`` has.
      row_before, row_after: the rows of the two files, from 0.
      label: what is right.
      before, after: the answers; None for one that is not finite.
      confidence_before, confidence_after: of one class; None where it is not finite.
    """

    key: str
    source_row: int
    row_before: int
    row_after: int
    label: str | float
    before: str | float | None
    after: str | float | None
    confidence_before: float | None = None
    confidence_after: float | None = None


@dataclass(frozen=True)
class Comparison(JsonRecord):
    """What changed from one version's answers to another's.

    Attributes:
      name: the dataset.
      joined: how many examples both answered, with the same label: all else is said of these.
      only_before, only_after: how many examples only one of them has.
      relabelled: how many have another label in each.
      changed: how many answers differ.
      metrics: those that both have.
      sides: of a classification.
      improved_count, worsened_count: fixed and broken ones; of a regression, whose absolute error fell or rose.
      improved, worsened: the first of them: by the change of the loss, of a regression of the absolute error.
      notes: what was left out, and why.
    """

    name: str
    joined: int
    only_before: int
    only_after: int
    relabelled: int
    changed: int
    metrics: tuple[MetricDifference, ...]
    sides: Sides | None
    improved_count: int
    worsened_count: int
    improved: tuple[ChangedExample, ...]
    worsened: tuple[ChangedExample, ...]
    notes: tuple[str, ...] = ()
