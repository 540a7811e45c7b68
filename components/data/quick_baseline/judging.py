"""The better of the plain models, chosen on the eval split and judged on the test split."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from analysis import overall
from analysis.losses import losses
from components.data.quick_baseline import fitting
from components.data.quick_baseline.encoders import encoded
from components.data.quick_baseline.sample import Sample, drawn
from schemas.description import Description
from schemas.features import Image
from schemas.records import Interval
from schemas.sources import Source
from schemas.splits import EVAL, NAMES, TEST, TRAIN, Splits
from schemas.tasks import MultiLabel, Task

MOST_ROWS, MOST_PICTURES = 20_000, 3_000
_LEAST = {TRAIN: 20, EVAL: 5, TEST: 10}  # rows below which nothing is said


@dataclass(frozen=True)
class Measured:
    """A plain model, and how well it does.

    Attributes:
      model: its name.
      trained_on, judged_on: rows of the train and the test split.
      metrics: those of the task on the test split, by name.
      naive: the same of an answer that is always the same one (see ``naive``).
      test: indices of the sample's test rows.
      answers: to all rows of the sample.
      sample: the rows.
    """

    model: str
    trained_on: int
    judged_on: int
    metrics: dict[str, Interval]
    naive: dict[str, Interval]
    test: np.ndarray
    answers: np.ndarray
    sample: Sample


def measured(
    source: Source, path: str, description: Description, splits: Splits, kinds: Mapping[str, str], rows: int
) -> Measured | None:
    """The better plain model of a page; None where its splits have too few rows, or nothing that such a model reads or learns.

    Args:
      path: of a prepared source.
      kinds: the type of each column of the page.
      rows: how many the source has.

    Raises:
      InputError, CellError: as ``sample.drawn`` does.
    """
    task, features = description.task, description.features
    if isinstance(task, MultiLabel):
        return None
    pictures = any(isinstance(feature, Image) for feature in features.values())
    share = min(1.0, (MOST_PICTURES if pictures else MOST_ROWS) / max(rows, 1))
    sample = drawn(source, path, description, kinds, splits, share)
    parts = {name: sample.splits == index for index, name in enumerate(NAMES)}
    train = parts[TRAIN]
    if any(parts[name].sum() < least for name, least in _LEAST.items()) or len(np.unique(sample.labels[train])) < 2:
        return None
    blocks = [encoded(feature, sample.cells, name, train) for name, feature in features.items()]
    known = [block for block in blocks if block is not None]
    if not known:
        return None
    found = dict(fitting.answers(known, sample.labels, train, task))
    best = min(found, key=lambda name: losses(task, sample.labels[parts[EVAL]], found[name][parts[EVAL]]).mean())
    test = np.flatnonzero(parts[TEST])
    judged = metrics(task, sample.labels[test], found[best][test])
    constant = metrics(task, sample.labels[test], naive(task, sample.labels[train], len(test)))
    return Measured(best, int(train.sum()), len(test), judged, constant, test, found[best], sample)


def naive(task: Task, learned: np.ndarray, rows: int) -> np.ndarray:
    """The answers that the Evaluator's naive baseline gives: the most frequent class, or the mean, of the train rows.

    Args:
      learned: labels of the train rows, int64[N] or float32[N].
      rows: how many answers; they are as of ``analysis.predictions.losses``.
    """
    if classes := task.classes_or_none:
        counts = np.bincount(learned, minlength=len(classes))
        # Of classes equally frequent the last one, as components.evaluation.verdict chooses.
        majority = len(classes) - 1 - int(counts[::-1].argmax())
        return np.tile(np.eye(len(classes))[majority], (rows, 1))
    mean = np.expm1(np.log1p(learned).mean()) if task.log_label else learned.mean()
    return np.full(rows, mean, np.float64)


def metrics(task: Task, labels: np.ndarray, answers: np.ndarray) -> dict[str, Interval]:
    """The task's metrics of answers in memory, with 95% intervals; arguments as of ``analysis.losses.losses``."""
    positive = labels == 1
    if task.classes_or_none:
        right = (answers.argmax(axis=1) == labels).astype(np.float64)
        found = {"accuracy": right, "binary_accuracy": right, "loss": losses(task, labels, answers)}
        found[overall.AUC] = overall.buckets(answers[:, 1])
    else:
        errors = np.abs(labels - answers)
        found = {"rmse": errors**2, "mae": errors}
        if task.log_label:
            found["rmsle"] = losses(task, labels, answers)
    return {
        metric.name: overall.interval(metric.name, found[metric.name], positive)
        for metric in task.metrics
        if metric.name in found
    }
