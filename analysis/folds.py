"""K-fold cross-validation in numbers: what each fold's model reached, and how much of it is chance."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from analysis.intervals import LEVEL
from schemas.json_record import JsonRecord
from schemas.records import Interval, Metrics
from schemas.tasks import Metric

FILE = "result.json"


@dataclass(frozen=True)
class FoldResult(JsonRecord):
    """One fold: a model that has learned from the other folds, judged on this one.

    Attributes:
      repeat, fold: which one, from 1.
      seed: of its training.
      rows: how many are learned from (``train``), stop the training (``eval``) and judge (``test``).
      metrics: of the task, on the fold's rows.
      naive: the naive baseline's primary metric on the same rows.
      best_epochs: the epoch whose weights were kept, of each model of the ensemble.
      seconds: of Transform and the training; 0 where both were cached.
      cached: whether an earlier K-fold had done it.
    """

    repeat: int
    fold: int
    seed: int
    rows: dict[str, int]
    metrics: Metrics
    naive: dict[str, float]
    best_epochs: tuple[int, ...]
    seconds: float = 0.0
    cached: bool = False


@dataclass(frozen=True)
class Spread(JsonRecord):
    """A metric over the folds.

    Attributes:
      mean: of the folds' values, with the corrected 95% interval (``corrected_interval``).
      deviation: the folds' standard deviation (of a sample); None for fewer than two values.
      lowest, highest: of the folds' values; None without any.
      folds: how many have a value.
    """

    mean: Interval
    deviation: float | None
    lowest: float | None
    highest: float | None
    folds: int


@dataclass(frozen=True)
class Contradicted(JsonRecord):
    """An example whose label a model, which has not learned from it, contradicts with confidence (analysis.label_noise).

    Attributes:
      key, source_row: as in predictions.parquet.
      label: as the data has it.
      answer: the model's.
      quality: of the label, 0 to 1; the lower the more suspect.
    """

    key: str
    source_row: int
    label: str | float
    answer: str | float
    quality: float


@dataclass(frozen=True, kw_only=True)
class CrossValidation(JsonRecord):
    """result.json of ``slipway kfold``.

    Attributes:
      dataset: the page's name.
      run_id: of the K-fold.
      folds, repeats: how many.
      rows: how many examples were divided: those of the train and the eval split.
      held_out: how many the test split has, which no fold has seen.
      strata: what each fold has as much of as any other: ``classes``, ``label quantiles``, or "" for nothing.
      key: the columns whose equal values stay in one fold; () where each row, or equal rows, is its own.
      primary: the name of the primary metric.
      metrics: of the task, over all folds and repeats.
      naive: the naive baseline's primary metric over the same folds.
      better: by how much the primary metric is better than the naive baseline's, fold by fold.
      results: every fold, in order.
      settings: the ``--set`` texts.
      limit: the most rows that were read, 0 for all.
      notes: what could not be done as wished, and why.
      seconds: by part; and ``total``.
      predictions: the file of out-of-fold predictions.
      figure: the picture's file.
      log: the file with the libraries' output.
      contradicted: of the out-of-fold predictions, the most suspect first.
      time: the column by which folds follow each other; "" where they are divided by hash.
    """

    dataset: str
    run_id: str
    folds: int
    repeats: int
    rows: int
    held_out: int
    strata: str
    key: tuple[str, ...]
    primary: str
    metrics: dict[str, Spread]
    naive: Spread
    better: Spread
    results: tuple[FoldResult, ...]
    settings: tuple[str, ...]
    limit: int
    notes: tuple[str, ...]
    seconds: dict[str, float]
    predictions: str
    figure: str
    log: str
    contradicted: tuple[Contradicted, ...] = ()
    time: str = ""


def corrected_interval(values: Sequence[float], test_over_train: float) -> Interval:
    """The mean of a metric over folds and repeats, with the corrected resampled t interval (Nadeau and Bengio, 2003).

    Folds share most of their training examples, so that their values are not independent, and s^2 / J is too small a variance
    of the mean. Theirs is (1 / J + n_test / n_train) s^2, with J - 1 degrees of freedom.

    Args:
      values: J of them, one for each fold of each repeat.
      test_over_train: n_test / n_train; for K folds 1 / (K - 1).
    """
    count = len(values)
    if not count or not all(map(math.isfinite, values)):
        return Interval(None, None, None)
    mean = math.fsum(values) / count
    if count < 2:
        return Interval(mean, None, None)
    from scipy.special import stdtrit

    deviation = math.sqrt((1 / count + test_over_train) * _variance(values, mean))
    half = float(stdtrit(count - 1, 0.5 + LEVEL / 2)) * deviation
    return Interval(mean, mean - half, mean + half)


def spread(values: Iterable[float | None], test_over_train: float, metric: Metric | None = None) -> Spread:
    """A metric over the folds; a fold without a value, as the AUC of one class, is left out.

    Args:
      test_over_train: see ``corrected_interval``.
      metric: whose values they are: its interval ends at 0 and at the best value that it can take; None for a difference.
    """
    known = [value for value in values if value is not None]
    found = corrected_interval(known, test_over_train)
    if found.value is None:
        return Spread(found, None, None, None, len(known))
    if metric is not None and found.low is not None and found.high is not None:
        found = Interval(found.value, max(0.0, found.low), min(metric.high, found.high))
    deviation = math.sqrt(_variance(known, found.value)) if len(known) > 1 else None  # type: ignore[arg-type]
    return Spread(found, deviation, min(known), max(known), len(known))


def better(primary: Metric, results: Iterable[FoldResult]) -> list[float | None]:
    """By how much each fold's model is better than the naive baseline on the same rows; None without a value."""
    sign = 1 if primary.higher_is_better else -1
    pairs = ((result.metrics[primary.name], result.naive[primary.name]) for result in results)
    return [None if reached is None else sign * (reached - naive) for reached, naive in pairs]


def _variance(values: Sequence[float], mean: float) -> float:
    return math.fsum((value - mean) ** 2 for value in values) / (len(values) - 1)
