"""The errors of a classification: by class, by confidence, and by the threshold of a binary one."""

import numpy as np

from analysis import curves, intervals, overall
from analysis.error_records import (
    Calibration,
    CalibrationBin,
    ClassificationErrors,
    ClassScores,
    Curve,
    ThresholdScores,
)
from analysis.predictions import Predictions
from schemas.tasks import BinaryClassification

BINS = 15
THRESHOLDS = np.round(np.arange(0.01, 1.0, 0.01), 2)
CURVES = 20


def errors_of(predictions: Predictions) -> ClassificationErrors:
    """What a classification gets wrong.

    An answer that is not finite is no answer: it is missed by its own class, given to no other, and counted in ``not_finite``;
    to a curve and a threshold its example has the worst score.
    """
    classes = predictions.classes or ()
    confusion = _confusion(predictions)
    support = np.bincount(predictions.labels, minlength=len(classes))
    binary = isinstance(predictions.task, BinaryClassification)
    drawn, note = ([1], ()) if binary else most_frequent(support)
    roc, precision_recall = curves_of(predictions, drawn)
    thresholds = thresholds_of(overall.positive_scores(predictions, 1), predictions.labels == 1) if binary else ()
    finite = predictions.finite
    return ClassificationErrors(
        classes=classes,
        confusion=tuple(tuple(row) for row in confusion.tolist()),
        per_class=scores_of(classes, confusion.diagonal(), confusion.sum(axis=0), support),
        roc=roc,
        precision_recall=precision_recall,
        calibration=calibration_of(
            predictions.probabilities[finite].max(axis=1, initial=0.0), predictions.right[finite]
        ),
        thresholds=thresholds,
        best_threshold=best(thresholds),
        not_finite=int((~finite).sum()),
        notes=note,
        off_by=_off_by(confusion) if predictions.task.ordered else (),
    )


def _off_by(confusion: np.ndarray) -> tuple[int, ...]:
    """How many answers are 0, 1, 2 ... ranks from their label."""
    ranks = np.arange(len(confusion))
    distances = np.abs(ranks[:, None] - ranks)
    found = np.bincount(distances.reshape(-1), confusion.reshape(-1), minlength=len(confusion))
    return tuple(int(count) for count in found)


def _confusion(predictions: Predictions) -> np.ndarray:
    """int64[classes, classes]: labels by answers."""
    count, finite = len(predictions.classes or ()), predictions.finite
    cells = predictions.labels[finite] * count + predictions.answers[finite]
    return np.bincount(cells, minlength=count * count).reshape(count, count)


def scores_of(
    classes: tuple[str, ...], right: np.ndarray, predicted: np.ndarray, support: np.ndarray
) -> tuple[ClassScores, ...]:
    """How each class is recognised; int[classes] each: how often it was answered rightly and at all, and how many have it."""
    return tuple(
        ClassScores(
            name=name,
            support=int(has),
            predicted=int(answered),
            precision=intervals.proportion(int(hits), int(answered)),
            recall=intervals.proportion(int(hits), int(has)),
            f1=intervals.f1(int(hits), int(answered - hits), int(has - hits)),
        )
        for name, has, answered, hits in zip(classes, support, predicted, right, strict=True)
    )


def most_frequent(support: np.ndarray) -> tuple[list[int], tuple[str, ...]]:
    """The classes that get curves, and a note where others do not; ``support``: int[classes]."""
    if len(support) <= CURVES:
        return list(range(len(support))), ()
    most = np.sort(np.argsort(-support, kind="stable")[:CURVES])
    note = f"curves are drawn of the {CURVES} classes with the most examples, of {len(support)}"
    return [int(index) for index in most], (note,)


def curves_of(predictions: Predictions, drawn: list[int]) -> tuple[tuple[Curve, ...], tuple[Curve, ...]]:
    """The ROC and the precision-recall curve of each class against all others, where both sides have examples."""
    names = predictions.classes or ()
    roc, precision_recall = [], []
    for index in drawn:
        positive = predictions.has(index)
        if positive.all() or not positive.any():
            continue
        scores = overall.positive_scores(predictions, index)
        roc.append(curves.roc(names[index], scores, positive))
        precision_recall.append(curves.precision_recall(names[index], scores, positive))
    return tuple(roc), tuple(precision_recall)


def calibration_of(confidence: np.ndarray, right: np.ndarray) -> Calibration:
    """By BINS ranges of equal width, each without its lower end (Guo et al., 2017).

    Args:
      confidence: float[N], finite.
      right: bool[N], whether what has this confidence is true.
    """
    confidence = confidence.astype(np.float64)
    place = np.clip(np.ceil(confidence * BINS).astype(np.int64) - 1, 0, BINS - 1)
    rows, hits = (np.bincount(place, weights, BINS) for weights in (None, right))
    mean = np.bincount(place, confidence, BINS) / np.maximum(rows, 1)
    bins = tuple(
        CalibrationBin(
            low=index / BINS,
            high=(index + 1) / BINS,
            rows=int(rows[index]),
            confidence=float(mean[index]),
            accuracy=intervals.proportion(float(hits[index]), float(rows[index])),
        )
        for index in np.flatnonzero(rows).tolist()
    )
    gaps = np.abs(hits - mean * rows)
    return Calibration(float(gaps.sum() / max(1, rows.sum())), bins)


def thresholds_of(scores: np.ndarray, positive: np.ndarray) -> tuple[ThresholdScores, ...]:
    """What each of THRESHOLDS would reach, by the probabilities float[N] and bool[N], which are positive."""
    missed, rejected = (np.searchsorted(np.sort(scores[chosen]), THRESHOLDS) for chosen in (positive, ~positive))
    true_positives, false_positives = positive.sum() - missed, (~positive).sum() - rejected
    if not len(scores):
        return ()
    return tuple(
        _threshold(float(threshold), *map(int, counts))
        for threshold, *counts in zip(THRESHOLDS, true_positives, false_positives, missed, rejected, strict=True)
    )


def _threshold(threshold: float, hits: int, false_alarms: int, missed: int, rejected: int) -> ThresholdScores:
    rows = hits + false_alarms + missed + rejected
    return ThresholdScores(
        threshold=threshold,
        accuracy=(hits + rejected) / rows,
        precision=_share(hits, hits + false_alarms),
        recall=_share(hits, hits + missed),
        f1=_share(2 * hits, 2 * hits + false_alarms + missed),
        positive=(hits + false_alarms) / rows,
    )


def _share(part: int, of: int) -> float | None:
    return part / of if of else None


def best(thresholds: tuple[ThresholdScores, ...]) -> float | None:
    """The threshold with the highest F1; of several the one that is nearest to 0.5."""
    found = [scores for scores in thresholds if scores.f1]
    if not found:
        return None
    return max(found, key=lambda scores: (scores.f1 or 0.0, -abs(scores.threshold - 0.5))).threshold
