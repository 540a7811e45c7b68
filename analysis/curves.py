"""ROC and precision-recall curves of one class against all others, thinned to what a figure can show."""

import math

import numpy as np

from analysis import intervals, overall
from analysis.error_records import Curve
from schemas.records import Interval

POINTS = 200
_DIGITS = 6


def roc(name: str, scores: np.ndarray, positive: np.ndarray) -> Curve:
    """The false positive rate and the recall by threshold, from the highest threshold on.

    Args:
      name: of the positive class.
      scores: float64[N], 0 to 1.
      positive: bool[N], with at least one of each.
    """
    from sklearn.metrics import roc_curve

    rate, recall, thresholds = roc_curve(positive, scores)
    return _curve(name, rate, recall, thresholds, overall.auc(scores, positive))


def precision_recall(name: str, scores: np.ndarray, positive: np.ndarray) -> Curve:
    """The recall and the precision by threshold, from the highest threshold on; the area is the average precision.

    Args: as of ``roc``.
    """
    from sklearn.metrics import precision_recall_curve

    precision, recall, thresholds = precision_recall_curve(positive, scores, drop_intermediate=True)
    precision, recall = (
        precision[::-1],
        recall[::-1],
    )  # scikit-learn has them by rising threshold, and recall 0 without one
    area = float((np.diff(recall) * precision[1:]).sum())
    above = np.concatenate([[np.inf], thresholds[::-1]])
    return _curve(name, recall, precision, above, intervals.average_precision(area, int(positive.sum())))


def _curve(name: str, x: np.ndarray, y: np.ndarray, thresholds: np.ndarray, area: Interval) -> Curve:
    kept = _thinned(x, y)
    # JSON has no infinity: the first point is of any threshold above all scores.
    above = math.nextafter(max(1.0, thresholds[1:].max()), math.inf)
    finite = np.where(np.isfinite(thresholds), thresholds, above)
    shown_x, shown_y = (tuple(np.round(column[kept], _DIGITS).tolist()) for column in (x, y))
    return Curve(name, shown_x, shown_y, tuple(finite[kept].tolist()), area)


def _thinned(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """The indices of at most POINTS points, evenly spaced along the curve, with both ends."""
    if len(x) <= POINTS:
        return np.arange(len(x))
    length = np.concatenate([[0.0], np.cumsum(np.abs(np.diff(x)) + np.abs(np.diff(y)))])
    wanted = np.linspace(0, length[-1], POINTS - 1)
    return np.unique(np.append(np.searchsorted(length, wanted).clip(max=len(x) - 1), len(x) - 1))
