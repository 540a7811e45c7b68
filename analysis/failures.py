"""Which examples a model handles worst, by row of predictions.parquet."""

from dataclasses import dataclass

import numpy as np

from analysis.predictions import Predictions
from schemas.tasks import BinaryClassification

COUNT = 50


@dataclass(frozen=True)
class Failures:
    """The examples that a model handles worst.

    Attributes:
      worst: rows by falling loss; first those without a finite answer.
      false_positives: rows of a binary classification whose label is negative and whose answer is positive, by falling loss.
      false_negatives: the other way round.
      wrong: how many answers are wrong in all; None for a regression.
      false_positive_count, false_negative_count: how many there are in all; 0 for another task.
      not_finite: how many examples have no finite answer; neither false positives nor false negatives.
    """

    worst: tuple[int, ...]
    false_positives: tuple[int, ...]
    false_negatives: tuple[int, ...]
    wrong: int | None
    false_positive_count: int
    false_negative_count: int
    not_finite: int


def of(predictions: Predictions, count: int = COUNT) -> Failures:
    """The worst ``count`` of each kind; of equal losses the first rows."""
    finite = predictions.finite
    loss = np.where(finite & np.isfinite(predictions.loss), predictions.loss, np.inf)
    binary = isinstance(predictions.task, BinaryClassification)
    nothing = np.zeros(len(predictions), bool)
    false_positive = (predictions.labels == 0) & (predictions.answers == 1) if binary else nothing
    false_negative = (predictions.labels == 1) & (predictions.answers == 0) if binary else nothing
    return Failures(
        worst=_worst(loss, np.ones(len(loss), bool), count),
        false_positives=_worst(loss, false_positive, count),
        false_negatives=_worst(loss, false_negative, count),
        wrong=None if predictions.classes is None else int((~predictions.right).sum()),
        false_positive_count=int(false_positive.sum()),
        false_negative_count=int(false_negative.sum()),
        not_finite=int((~finite).sum()),
    )


def _worst(loss: np.ndarray, chosen: np.ndarray, count: int) -> tuple[int, ...]:
    rows = np.flatnonzero(chosen)
    return tuple(rows[np.argsort(-loss[rows], kind="stable")][:count].tolist())
