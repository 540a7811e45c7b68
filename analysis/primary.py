"""The primary metric of a task as a function of a mean, so that it can be computed of any group of examples."""

import numpy as np

from analysis.predictions import Predictions, losses
from schemas.tasks import Task


def scores(task: Task, labels: np.ndarray, answers: np.ndarray) -> np.ndarray:
    """What each example adds to the mean of which ``value`` makes the metric, float64[..., N].

    Args:
      labels: int64[N], class indices; or float[N].
      answers: probabilities float[N, classes]; or values float[N].

    Returns:
      1 for a right answer and 0 for a wrong one; of a regression ``analysis.predictions.losses``. An answer that is not finite
      is wrong, or has an infinite error.
    """
    if task.classes_or_none:
        finite = np.isfinite(answers).all(axis=-1)
        return (finite & (answers.argmax(axis=-1) == labels)).astype(np.float64)
    found = losses(task, labels, answers)
    return np.where(np.isfinite(found), found, np.inf)


def scores_of(predictions: Predictions) -> np.ndarray:
    """The scores of examples that were answered already, float64[N]."""
    if predictions.classes:
        return predictions.right.astype(np.float64)
    return scores(predictions.task, predictions.labels, predictions.answers)


def value(task: Task, mean: np.ndarray) -> np.ndarray:
    """The primary metric of examples whose scores have this mean: a share of right answers, or a root of mean squares."""
    return mean if task.classes_or_none else np.sqrt(mean)
