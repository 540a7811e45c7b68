"""Sums over the examples of a classification, from which its metrics and their intervals follow."""

import math
from typing import ClassVar, Self

import numpy as np

from analysis import intervals, overall
from analysis.losses import cross_entropies
from analysis.overall import BUCKETS, buckets
from components.evaluation.forecast_state import EXAMPLE_COUNT
from schemas.records import Interval


class MulticlassState:
    """Counts of a classifier with any number of classes.

    Attributes:
      sums: float64[4], the examples, the right answers, and the sums of the losses and of their squares.
    """

    accuracy: ClassVar[str] = "accuracy"

    def __init__(self) -> None:
        self.sums = np.zeros(4)

    def add(self, labels: np.ndarray, probabilities: np.ndarray) -> None:
        """labels int64[N], class indices; probabilities float32[N, classes]."""
        self.sums += _classified(labels, probabilities)

    def merge(self, other: Self) -> None:
        """Adds the counts of other examples."""
        self.sums += other.sums

    def metrics(self) -> dict[str, float]:
        """``example_count``, the accuracy, and ``loss``: the mean cross-entropy, in nats."""
        count, right, loss, _ = self.sums
        return {EXAMPLE_COUNT: count, self.accuracy: right / count, "loss": loss / count}

    def intervals(self) -> dict[str, Interval]:
        """Of ``metrics`` but the count."""
        count, right, loss, squared = self.sums
        return {
            self.accuracy: intervals.proportion(right, count),
            "loss": intervals.mean(loss, squared, count, at_least=0),
        }


class OrdinalState(MulticlassState):
    """Counts of a classifier whose classes have an order.

    Attributes:
      sums: as of MulticlassState.
      confusion: int64[classes, classes], labels by answers; one that is not finite is the farthest from its label.
    """

    def __init__(self, classes: int) -> None:
        super().__init__()
        self.confusion = np.zeros((classes, classes), np.int64)

    def add(self, labels: np.ndarray, probabilities: np.ndarray) -> None:
        """labels int64[N], class indices; probabilities float32[N, classes]."""
        super().add(labels, probabilities)
        answers = np.where(_finite(probabilities), probabilities.argmax(axis=1), -1)
        np.add.at(self.confusion, (labels, overall.ranks(labels, answers, len(self.confusion))), 1)

    def merge(self, other: Self) -> None:
        """Adds the counts of other examples."""
        super().merge(other)
        self.confusion += other.confusion

    def metrics(self) -> dict[str, float]:
        """As of MulticlassState; also ``mae``, the mean distance of the ranks, and ``kappa``, NaN where it has no value."""
        kappa = intervals.weighted_kappa(self.confusion).value
        found = {"mae": float(self._distances(1) / self.sums[0]), "kappa": math.nan if kappa is None else kappa}
        return super().metrics() | found

    def intervals(self) -> dict[str, Interval]:
        """Of ``metrics`` but the count."""
        mae = intervals.mean(self._distances(1), self._distances(2), self.sums[0], at_least=0)
        return super().intervals() | {"mae": mae, "kappa": intervals.weighted_kappa(self.confusion)}

    def _distances(self, power: int) -> float:
        ranks = np.arange(len(self.confusion))
        return float((np.abs(ranks[:, None] - ranks) ** power * self.confusion).sum())


class BinaryState(MulticlassState):
    """Counts of a binary classifier; scores of the positive class fall into BUCKETS equal buckets for the AUC.

    Attributes:
      sums: as of MulticlassState.
      scores: int64[2, BUCKETS], examples by label and bucket.
    """

    accuracy: ClassVar[str] = "binary_accuracy"

    def __init__(self) -> None:
        super().__init__()
        # Counts in buckets and not the scores: a state has one size however many examples there are, and merges by addition.
        self.scores = np.zeros((2, BUCKETS), np.int64)

    def add(self, labels: np.ndarray, probabilities: np.ndarray) -> None:
        """labels int64[N], 0 or 1; probabilities float32[N, 2]."""
        super().add(labels, probabilities)
        worst = 1.0 - labels  # a positive below all others, a negative above them
        scores = np.where(_finite(probabilities), probabilities[:, 1], worst)
        bucket = buckets(scores)
        for label in (0, 1):
            self.scores[label] += np.bincount(bucket[labels == label], minlength=BUCKETS)

    def merge(self, other: Self) -> None:
        """Adds the counts of other examples."""
        super().merge(other)
        self.scores += other.scores

    def metrics(self) -> dict[str, float]:
        """``example_count``, ``binary_accuracy``, ``loss`` (the mean cross-entropy, in nats) and ``auc``, NaN of one class."""
        value = intervals.auc(*self.scores).value
        return super().metrics() | {"auc": math.nan if value is None else value}

    def intervals(self) -> dict[str, Interval]:
        """Of ``metrics`` but the count."""
        return super().intervals() | {"auc": intervals.auc(*self.scores)}


def _classified(labels: np.ndarray, probabilities: np.ndarray) -> tuple[float, ...]:
    """How many examples, how many of them right, and the sums of their losses and of the losses' squares."""
    right = _finite(probabilities) & (probabilities.argmax(axis=1) == labels)
    losses = cross_entropies(labels, probabilities)
    return len(labels), right.sum(), losses.sum(), (losses**2).sum()


def _finite(probabilities: np.ndarray) -> np.ndarray:
    """bool[N]: the rows of which every probability is a finite number."""
    return np.isfinite(probabilities).all(axis=1)
