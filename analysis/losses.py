"""What a model's answers are judged by, and the loss of each."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from analysis import multi_hot
from schemas.tasks import CLASSES, SEVERAL, Forecast, Task
from schemas.tasks.several import own

_SMALLEST_PROBABILITY = 1e-7  # as in Keras: the loss of a wrong certainty is large, not infinite


def judged(task: Task, outputs: Mapping[str, Any]) -> Any:
    """What a model's answers are judged by, of its outputs by name: probabilities float[N, classes]; values float[N]; of a
    regression with an interval, float[N, 3]: value, low, high; or, of several tasks, a tuple of these in their order."""
    if task.kind == SEVERAL:
        return tuple(judged(part, own(part, dict(outputs))) for part in task.parts)
    found = [np.asarray(outputs[name]) for name in task.judged]
    return found[0] if len(found) == 1 else np.stack(found, axis=-1)


def losses(task: Task, labels: Any, answers: Any) -> np.ndarray:
    """The loss of each example, float64[N]: what it adds to the task's mean loss.

    Args:
      labels: int64[N], class indices, or masks of several classes (analysis.multi_hot); or float[N]; or, of a forecast's
        windows, float[N, label_width]; of several tasks a tuple of these.
      answers: as ``judged`` gives them.

    Returns:
      The cross-entropy in nats of a classification, of several classes the mean of theirs; the squared error of a regression,
      in the label's squared unit or, where the task learns the logarithm, of log(1 + x). Infinite or the largest for an answer
      that is not finite. Of several tasks the sum of their losses by weight.
    """
    if task.kind == SEVERAL:
        parts = zip(task.parts, labels, answers, strict=True)
        return np.sum([part.weight * losses(part, *both) for part, *both in parts], axis=0)
    if task.kind == CLASSES:
        return binary_cross_entropies(labels, answers)
    if task.classes_or_none:
        return cross_entropies(labels, answers)
    if task.share is not None:
        answers = answers[:, 0]  # an interval that is wide loses nothing
    if isinstance(task, Forecast) and labels.ndim > 1:
        return (
            losses(task, labels[:, : task.horizon].reshape(-1), answers.reshape(-1)).reshape(answers.shape).mean(axis=1)
        )
    values, truth = np.where(np.isfinite(answers), answers, np.inf).astype(np.float64), labels.astype(np.float64)
    if task.log_label:
        values, truth = np.log1p(np.maximum(values, 0)), np.log1p(truth)
    return (values - truth) ** 2


def cross_entropies(labels: np.ndarray, probabilities: np.ndarray) -> np.ndarray:
    """The cross-entropy of each example in nats, float64[N]; the largest one where a probability is not finite.

    Args:
      labels: int64[N], class indices.
      probabilities: float[N, classes].
    """
    chosen = probabilities[np.arange(len(labels)), labels].astype(np.float64)
    finite = np.isfinite(probabilities).all(axis=1)
    return -np.log(np.clip(np.where(finite, chosen, 0.0), _SMALLEST_PROBABILITY, 1.0))


def binary_cross_entropies(labels: np.ndarray, probabilities: np.ndarray) -> np.ndarray:
    """The mean over the classes of their binary cross-entropies in nats, float64[N]; the largest where one is not finite.

    Args:
      labels: int64[N], masks of the classes (analysis.multi_hot).
      probabilities: float[N, classes].
    """
    there = multi_hot.bits(labels, probabilities.shape[1])
    chances = probabilities.astype(np.float64)
    own = np.where(there, chances, 1 - chances)
    finite = np.isfinite(probabilities).all(axis=1, keepdims=True)
    largest = 1 - _SMALLEST_PROBABILITY
    return -np.log(np.clip(np.where(finite, own, 0.0), _SMALLEST_PROBABILITY, largest)).mean(axis=1)
