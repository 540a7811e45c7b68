"""Plain models: one linear, one of boosted trees. Answers are those of the task: probabilities of its classes, or values."""

import warnings
from collections.abc import Iterator
from typing import Any

import numpy as np
from scipy import sparse

from components.data.quick_baseline.encoders import Encoded
from schemas.tasks import Task

LINEAR = {True: "logistic regression", False: "ridge regression"}  # by whether it classifies
TREES = "histogram gradient boosting"
_MOST_CLASSES = 20  # trees are grown for each class: with more it takes minutes
_ROUNDS = 100
_SEED = 1


def answers(
    blocks: list[Encoded], labels: np.ndarray, train: np.ndarray, task: Task
) -> Iterator[tuple[str, np.ndarray]]:
    """Each model's name, and its answers to all rows: probabilities float64[N, classes], or values float64[N].

    Args:
      blocks: the encoded columns.
      labels: int64[N], class indices; or float32[N].
      train: bool[N], the rows that are learned from.
    """
    classes = task.classes_or_none
    targets = np.log1p(labels) if task.log_label else labels
    linear = sparse.hstack([sparse.csr_matrix(block.linear) for block in blocks]).tocsr()
    yield LINEAR[classes is not None], _fitted(_linear(classes), linear, targets, train, task)
    trees = [block for block in blocks if block.tree is not None]
    if len(trees) == len(blocks) and len(classes or ()) <= _MOST_CLASSES:
        names = np.repeat([block.names for block in trees], [block.tree.shape[1] for block in trees])  # type: ignore[union-attr]
        matrix = np.hstack([block.tree for block in trees])  # type: ignore[misc]
        yield TREES, _fitted(_trees(classes, names), matrix, targets, train, task)


def _linear(classes: tuple[str, ...] | None) -> Any:
    from sklearn.linear_model import LogisticRegression, Ridge

    return LogisticRegression(max_iter=500) if classes else Ridge(alpha=1.0, solver="lsqr")


def _trees(classes: tuple[str, ...] | None, names: np.ndarray) -> Any:
    from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor

    kind = HistGradientBoostingClassifier if classes else HistGradientBoostingRegressor
    return kind(max_iter=_ROUNDS, categorical_features=names, random_state=_SEED)


def _fitted(model: Any, matrix: Any, targets: np.ndarray, train: np.ndarray, task: Task) -> np.ndarray:
    from threadpoolctl import threadpool_limits

    # One thread: of several on a busy machine each waits for the others, which took nine times as long.
    with threadpool_limits(1), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a linear model that has not converged is a plain model, too
        model.fit(matrix[train], targets[train])
    if task.classes_or_none is None:
        values = np.asarray(model.predict(matrix), np.float64)
        return np.expm1(values) if task.log_label else values
    # A class that no train row has is not among the model's: its probability is 0.
    found = np.zeros((len(targets), len(task.classes_or_none)))
    found[:, model.classes_] = model.predict_proba(matrix)
    return found
