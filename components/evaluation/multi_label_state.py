"""Sums over the examples of a task whose answers are any number of classes, from which its metrics and intervals follow."""

import math

import numpy as np

from analysis import intervals, overall
from analysis.losses import binary_cross_entropies
from components.evaluation.forecast_state import EXAMPLE_COUNT
from schemas.records import Interval


class MultiLabelState:
    """Sums of a multi-label classifier.

    Attributes:
      sums: float64[4], the examples, those with exactly the right classes, and the sums of the losses and of their squares.
      parts: float64[2 x classes], the sums of what the examples add to each class's F1 (analysis.overall.f1_parts): first the
        numerators, then the denominators.
      products: float64[2 x classes, 2 x classes], the sums of the products of each two of these.
    """

    def __init__(self, classes: int, threshold: float) -> None:
        self._threshold = threshold
        self.sums = np.zeros(4)
        self.parts = np.zeros(2 * classes)
        self.products = np.zeros((2 * classes, 2 * classes))

    def add(self, labels: np.ndarray, probabilities: np.ndarray) -> None:
        """labels int64[N], masks of the classes; probabilities float32[N, classes]."""
        found = overall.f1_parts(labels, probabilities, self._threshold)
        parts, products = overall.ratio_sums(found)
        self.parts += parts
        self.products += products
        # All decisions are right where 2 TP and 2 TP + FP + FN agree in each class.
        right = (found[:, 0] == found[:, 1]).all(axis=1) & np.isfinite(probabilities).all(axis=1)
        losses = binary_cross_entropies(labels, probabilities)
        self.sums += len(labels), right.sum(), losses.sum(), (losses**2).sum()

    def merge(self, other: "MultiLabelState") -> None:
        """Adds the sums of other examples."""
        self.sums += other.sums
        self.parts += other.parts
        self.products += other.products

    def metrics(self) -> dict[str, float]:
        """``example_count``, ``f1_micro`` and ``f1_macro`` (NaN where no class is there or answered), ``exact_match``, and
        ``loss``: the mean over examples and classes of the binary cross-entropy, in nats."""
        count, right, loss, _ = self.sums
        scores = {name: math.nan if found.value is None else found.value for name, found in self._scores().items()}
        return {EXAMPLE_COUNT: count, **scores, "exact_match": right / count, "loss": loss / count}

    def intervals(self) -> dict[str, Interval]:
        """Of ``metrics`` but the count."""
        count, right, loss, squared = self.sums
        return {
            **self._scores(),
            "exact_match": intervals.proportion(right, count),
            "loss": intervals.mean(loss, squared, count, at_least=0),
        }

    def _scores(self) -> dict[str, Interval]:
        count, pairs = self.sums[0], self.products.reshape(2, len(self.parts) // 2, 2, -1)
        micro = self.parts.reshape(2, -1).sum(axis=1), pairs.sum(axis=(1, 3))
        return {
            overall.F1_MICRO: intervals.mean_of_ratios(count, *micro),
            overall.F1_MACRO: intervals.mean_of_ratios(count, self.parts, self.products),
        }
