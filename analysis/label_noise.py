"""Labels that a model contradicts with confidence: of examples that it has not learned from, a test split or out of fold."""

import warnings

import numpy as np

from analysis import multi_hot
from analysis.predictions import Predictions
from analysis.records import LabelSuspect
from schemas.tasks import CLASSES

MOST = 50
FEWEST = 20  # examples: of fewer nothing can be said of how the others' labels are answered
ROBUST_Z = 6.0
_NORMAL_MAD = 1.4826  # by which the median absolute deviation of normal numbers becomes their standard deviation


def suspects(predictions: Predictions, most: int = MOST) -> tuple[LabelSuspect, ...]:
    """The examples whose label may be wrong, the most suspect first.

    Of a classification: confident learning (Northcutt et al., 2021) estimates from the probabilities how many labels are
    wrong. As many examples are suspects, those with the lowest probability of their own label, if the model answers another
    class. That probability is the quality.

    Where an answer is several classes, each is judged so alone. The quality of an example is the lowest probability of what
    the label says of a class: that it is there, or that it is not.

    Of a regression: examples with a residual of more than ``ROBUST_Z`` robust standard deviations (1.4826 times the median
    absolute deviation; Leys et al., 2013) from the median one, of log(1 + label) where the task learns the logarithm. Normal
    residuals are as far out once in 500 million times. The quality is exp(-z). Without any spread there is none.

    Args:
      predictions: without raw columns; answers that are not finite are passed over.
      most: how many are given.

    Returns:
      None for fewer than ``FEWEST`` examples, or where each suspicion is unfounded.
    """
    rows = np.flatnonzero(predictions.finite)
    if len(rows) < FEWEST:
        return ()
    if predictions.task.kind == CLASSES:
        chosen, quality = _class_sets(predictions, rows)
    else:
        chosen, quality = (_values if predictions.classes is None else _classes)(predictions, rows)
    order = np.argsort(quality, kind="stable")[:most]
    labels, answers = (predictions.table[name] for name in ("label", "prediction"))
    return tuple(
        LabelSuspect(int(row), labels[int(row)].as_py(), answers[int(row)].as_py(), float(score))
        for row, score in zip(chosen[order], quality[order], strict=True)
    )


def _classes(predictions: Predictions, rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The suspects' rows, int64[S], and the quality of their labels, float[S]."""
    from cleanlab.rank import get_label_quality_scores

    labels, probabilities = predictions.labels[rows], predictions.probabilities[rows]
    suspect = _issues(labels, probabilities) & (predictions.answers[rows] != labels)
    quality = get_label_quality_scores(labels, probabilities, method="self_confidence") if suspect.any() else suspect
    return rows[suspect], quality[suspect]


def _class_sets(predictions: Predictions, rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """As ``_classes``."""
    probabilities = predictions.probabilities[rows].astype(np.float64)
    there = multi_hot.bits(predictions.labels[rows], probabilities.shape[1])
    by_class = zip(there.T.astype(np.int64), probabilities.T, strict=True)
    suspect = np.any([_issues(labels, np.stack([1 - chances, chances], 1)) for labels, chances in by_class], axis=0)
    suspect &= predictions.answers[rows] != predictions.labels[rows]
    quality = np.where(there, probabilities, 1 - probabilities).min(axis=1)
    return rows[suspect], quality[suspect]


def _issues(labels: np.ndarray, probabilities: np.ndarray) -> np.ndarray:
    """bool[N]: the labels that confident learning takes for wrong; none where all are of one class, which it refuses."""
    from cleanlab.filter import find_label_issues

    if len(np.unique(labels)) < 2:
        return np.zeros(len(labels), bool)
    with warnings.catch_warnings(action="ignore"):  # a class without examples, which RareClass names
        found: np.ndarray = find_label_issues(labels, probabilities, filter_by="low_self_confidence", n_jobs=1)
    return found


def _values(predictions: Predictions, rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """As ``_classes``."""
    from cleanlab.regression.rank import get_label_quality_scores

    labels, answers = predictions.labels[rows], predictions.answers[rows]
    if predictions.task.log_label:
        labels, answers = np.log1p(labels), np.log1p(np.maximum(answers, 0))
    residuals = labels - answers
    residuals = residuals - np.median(residuals)
    scale = _NORMAL_MAD * np.median(np.abs(residuals))
    if not scale > 0:
        return np.empty(0, np.int64), np.empty(0)
    quality = get_label_quality_scores(residuals / scale, np.zeros(len(rows)), method="residual")
    suspect = np.abs(residuals) > ROBUST_Z * scale
    return rows[suspect], quality[suspect]
