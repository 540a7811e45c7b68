"""A task's metrics on all examples, with 95% intervals: the values of components.evaluation.metrics."""

import numpy as np

from analysis import intervals, multi_hot
from analysis.losses import losses
from analysis.predictions import NAIVE, Predictions
from schemas.records import Interval
from schemas.tasks import Forecast, MultiLabel

BUCKETS = 10_000
AUC, KAPPA = "auc", "kappa"
F1_MICRO, F1_MACRO = "f1_micro", "f1_macro"
RATIOS = (F1_MICRO, F1_MACRO)  # the mean of ratios of sums over the examples
MOST_RANKS = 1 << 16  # ordered classes; label and answer are one number of ``contributions``
LOWER_IS_BETTER = ("mae",)  # of the primary metrics that are no root
_AT_ONCE = 1 << 16  # examples whose contributions to ratios are multiplied
ROOTS = ("rmse", "rmsle")  # the root of what the examples contribute on average; other metrics are that average


def metrics(predictions: Predictions) -> dict[str, Interval]:
    """The task's metrics by name, in the task's order.

    An answer that is not finite counts as wrong, as badly as can be: it has the largest loss, or an infinite error that leaves
    a regression's metrics without a value.
    """
    found, positive = contributions(predictions), predictions.labels == 1
    return {metric.name: interval(metric.name, found[metric.name], positive) for metric in predictions.task.metrics}


def contributions(predictions: Predictions) -> dict[str, np.ndarray]:
    """What each example contributes to each metric, float64[N] by the metric's name; of ``auc`` its score's bucket, of
    ``kappa`` its cell of the confusion matrix; of the ratios int8[N, 2, K], to each numerator and denominator.

    Right answers are 1 and others 0; of the roots it is the squared error.
    """
    task = predictions.task
    if isinstance(task, MultiLabel):
        ratios = f1_parts(predictions.labels, predictions.probabilities, task.threshold)
        right = predictions.right.astype(np.float64)
        micro = ratios.sum(axis=2, keepdims=True, dtype=np.int16)
        return {F1_MICRO: micro, F1_MACRO: ratios, "exact_match": right, "loss": predictions.loss}
    if predictions.classes is not None:
        right = predictions.right.astype(np.float64)
        found = {"accuracy": right, "binary_accuracy": right, "loss": predictions.loss}
        if task.ordered:
            answers = ranks(predictions.labels, predictions.answers, len(predictions.classes))
            found |= {"mae": np.abs(predictions.labels - answers).astype(np.float64)}
            found[KAPPA] = predictions.labels * MOST_RANKS + answers.astype(np.float64)
        if any(metric.name == AUC for metric in task.metrics):
            found[AUC] = buckets(positive_scores(predictions, 1))
        return found
    errors = absolute_errors(predictions)
    found = {"rmse": errors**2, "mae": errors}
    if isinstance(task, Forecast):
        # On the scale of the naive forecasts' mean error over all examples, whatever part of them is looked at.
        for name, column in zip(("mase", "seasonal_mase"), NAIVE, strict=True):
            naive = (
                float(np.abs(predictions.labels - predictions.table[column].to_numpy()).mean()) if len(errors) else 1.0
            )
            found[name] = errors / naive if naive else np.full(len(errors), np.inf)
    if task.log_label:
        found["rmsle"] = losses(task, predictions.labels, predictions.judged)
    if task.share is not None:
        low, high = predictions.ends.T
        found |= {"coverage": within(predictions.labels, low, high).astype(np.float64), "width": widths(low, high)}
    return found


def f1_parts(labels: np.ndarray, probabilities: np.ndarray, threshold: float) -> np.ndarray:
    """What each example adds to the classes' F1 scores, int8[N, 2, classes]: 2 TP, and 2 TP + FP + FN.

    An answer that is not finite counts as the worst: every class that it should not have, and no other.

    Args:
      labels: int64[N], masks.
      probabilities: float[N, classes].
    """
    there = multi_hot.bits(labels, probabilities.shape[1])
    finite = np.isfinite(probabilities).all(axis=1, keepdims=True)
    answered = np.where(finite, multi_hot.answered(probabilities, threshold), ~there)
    return np.stack([2 * (there & answered), there.astype(np.int8) + answered], axis=1).astype(np.int8)


def ranks(labels: np.ndarray, answers: np.ndarray, classes: int) -> np.ndarray:
    """int64[N]: the answered classes; for an answer that is not finite (-1) the one that is farthest from the label."""
    farthest = np.where(2 * labels < classes - 1, classes - 1, 0)
    return np.where(answers < 0, farthest, answers)


def within(labels: np.ndarray, low: np.ndarray, high: np.ndarray) -> np.ndarray:
    """bool[N]: whether each label lies in its interval, the ends included; in none that is not finite."""
    return (labels >= low) & (labels <= high) & np.isfinite(low) & np.isfinite(high)


def widths(low: np.ndarray, high: np.ndarray) -> np.ndarray:
    """float64[N]: of each interval; infinite for one that is not finite."""
    finite = np.isfinite(low) & np.isfinite(high)
    return np.subtract(high, low, out=np.full(len(low), np.inf), where=finite)


def is_share(metric: str) -> bool:
    """Whether a metric is a share of the examples: each contributes 1 or 0."""
    return metric in ("coverage", "exact_match") or metric.endswith("accuracy")


def of_mean(metric: str, mean: np.ndarray) -> float | None:
    """A metric other than ``auc`` of examples that contribute this much on average; None where that is not finite.

    Args:
      mean: float64[], or of a ratio float64[2, K].
    """
    found = float(of_means(metric, mean))
    return found if np.isfinite(found) else None


def of_means(metric: str, means: np.ndarray) -> np.ndarray:
    """A metric other than ``auc`` by what examples contribute on average, float64[...] of float64[...].

    Args:
      means: of a ratio float64[..., 2, K]; those by 0 are left out, and NaN where all are.
    """
    if metric in RATIOS:
        above, below = means[..., 0, :], means[..., 1, :]
        known = below > 0
        ratios = np.divide(above, below, out=np.zeros(above.shape), where=known).sum(axis=-1)
        return np.divide(ratios, known.sum(axis=-1), out=np.full(ratios.shape, np.nan), where=known.any(axis=-1))
    return np.sqrt(means) if metric in ROOTS else means


def interval(metric: str, contributed: np.ndarray, positive: np.ndarray) -> Interval:
    """A metric of some examples.

    Args:
      metric: its name.
      contributed: float64[N] or, of a ratio, int[N, 2, K], of ``contributions``.
      positive: bool[N], whose label is the positive class; for ``auc`` alone.
    """
    count = len(contributed)
    if metric == AUC:
        return _of_buckets(contributed, positive)
    if metric == KAPPA:
        return intervals.weighted_kappa(_confusion(*ranks_of(contributed)))
    if metric in RATIOS:
        return intervals.mean_of_ratios(count, *ratio_sums(contributed))
    total, squares = float(contributed.sum()), float((contributed**2).sum())
    if is_share(metric):
        return intervals.proportion(total, count)
    if metric in ROOTS:
        return intervals.root_mean(total, squares, count)
    return intervals.mean(total, squares, count, at_least=0.0)


def ratio_sums(contributed: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The sums over the examples of what they contribute to ratios, and of its products, as ``intervals.mean_of_ratios``
    takes them: float64[2 K] and float64[2 K, 2 K] of int[N, 2, K]."""
    width = contributed.shape[1] * contributed.shape[2]
    sums, products = np.zeros(width), np.zeros((width, width))
    for first in range(0, len(contributed), _AT_ONCE):
        rows = contributed[first : first + _AT_ONCE].reshape(-1, width).astype(np.float64)
        sums += rows.sum(axis=0)
        products += rows.T @ rows
    return sums, products


def ranks_of(cells: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Labels and answers, int64[N], of what examples contribute to ``kappa``."""
    labels, answers = np.divmod(cells.astype(np.int64), MOST_RANKS)
    return labels, answers


def _confusion(labels: np.ndarray, answers: np.ndarray) -> np.ndarray:
    size = int(max(labels.max(initial=0), answers.max(initial=0))) + 1
    return np.bincount(labels * size + answers, minlength=size * size).reshape(size, size)


def absolute_errors(predictions: Predictions) -> np.ndarray:
    """|label - prediction| of a regression, float64[N], in the label's unit; infinite for an answer that is not finite."""
    errors = np.abs(predictions.labels - predictions.answers)
    return np.where(np.isfinite(errors), errors, np.inf)


def positive_scores(predictions: Predictions, positive: int) -> np.ndarray:
    """The probability of one class, float64[N]; where it is not finite the worst: 0 for an example of it, 1 for another."""
    worst = (~predictions.has(positive)).astype(np.float64)
    return np.where(predictions.finite, predictions.probabilities[:, positive], worst)


def buckets(scores: np.ndarray) -> np.ndarray:
    """int64[N]: in which of BUCKETS equal buckets each score from 0 to 1 is; two of one bucket count as a tie to ``auc``."""
    return np.clip((scores * BUCKETS).astype(np.int64), 0, BUCKETS - 1)


def auc(scores: np.ndarray, positive: np.ndarray) -> Interval:
    """The area under the ROC curve. ``scores``: float64[N], 0 to 1. ``positive``: bool[N]."""
    return _of_buckets(buckets(scores), positive)


def _of_buckets(bucketed: np.ndarray, positive: np.ndarray) -> Interval:
    counts = (np.bincount(bucketed[chosen], minlength=BUCKETS) for chosen in (~positive, positive))
    return intervals.auc(*counts)
