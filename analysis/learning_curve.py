"""The learning curve by training-set size: what models reach that have learned from a part of the train split."""

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from analysis import intervals
from analysis.fit import FALLING, SizeLoss, fall_per_doubling
from analysis.records import FitDiagnosis
from schemas.errors import InputError
from schemas.home import Home
from schemas.json_record import JsonRecord
from schemas.records import Interval

FOLDER = "learning_curve"
"""In the dataset's reports."""
FILE = "result.json"


@dataclass(frozen=True, kw_only=True)
class CurvePoint(JsonRecord):
    """A training on a part of the train split.

    Attributes:
      share: how large that part is, at most 1.
      examples: how many it has.
      train, eval: the mean of analysis.losses.losses over these examples and over the whole eval split, of the weights of
        the best epoch: no penalties on weights, in the label's unit, so that sizes can be compared. None where it is not
        finite.
      metric: the primary one on the eval split, with its 95% interval.
      epochs, best_epochs: of each model of the ensemble, how many were trained, and whose weights were kept.
      seconds: of the subset, Transform and the training; 0 where all of them were cached.
      cached: whether an earlier learning curve had done it.
    """

    share: float
    examples: int
    train: float | None
    eval: float | None
    metric: Interval
    epochs: tuple[int, ...]
    best_epochs: tuple[int, ...]
    seconds: float = 0.0
    cached: bool = False


@dataclass(frozen=True, kw_only=True)
class LearningCurve(JsonRecord):
    """result.json of ``slipway learning-curve``.

    Attributes:
      dataset: the page's name.
      run_id: of the learning curve; it begins with the day, as YYYYMMDD.
      primary: the name of the primary metric.
      points: by rising size; the last one is the whole train split.
      eval_examples: how many examples the losses and metrics are measured on.
      strata: what each part has as much of as the whole: ``classes``, or "" for nothing; ``time`` where a part is the most
        recent examples.
      naive: the naive baseline's primary metric on the eval split.
      fall: by what share the last growth lowered the eval loss (``fall``).
      fit: the diagnosis of the training on the whole train split, with this curve.
      settings: the ``--set`` texts.
      limit: the most rows that were read, 0 for all.
      configuration, fingerprint: of the page and of the data, as a model's card has them.
      seconds: by part; and ``total``.
      figure: the picture's file.
      log: the file with the libraries' output.
    """

    dataset: str
    run_id: str
    primary: str
    points: tuple[CurvePoint, ...]
    eval_examples: int
    strata: str
    naive: float
    fall: Interval
    fit: FitDiagnosis
    settings: tuple[str, ...]
    limit: int
    configuration: dict[str, Any]
    fingerprint: str
    seconds: dict[str, float]
    figure: str
    log: str


def sizes(points: Sequence[CurvePoint]) -> tuple[SizeLoss, ...]:
    """The points that have losses, as the fit diagnosis takes them."""
    return tuple(
        SizeLoss(point.examples, point.train, point.eval)
        for point in points
        if point.train is not None and point.eval is not None
    )


def fall(before: np.ndarray, after: np.ndarray) -> Interval:
    """By what share of itself the mean loss fell; negative where it rose.

    The interval is Student's (1908) of the paired differences, divided by the mean before. It says how far chance in the
    choice of these examples reaches, and nothing of another training.

    Args:
      before, after: float64[N], the losses of two models on the same examples.
    """
    mean = float(before.mean()) if len(before) else 0.0
    if not (np.isfinite(before).all() and np.isfinite(after).all() and mean > 0):
        return intervals.NONE
    differences = (before - after) / mean
    return intervals.mean(float(differences.sum()), float((differences**2).sum()), len(differences))


def sentence(curve: LearningCurve) -> str:
    """Whether more examples are likely to help, with the numbers."""
    last = sizes(curve.points[-2:])
    if len(last) < 2 or curve.fall.value is None:
        return "One of the last two sizes has no finite eval loss: nothing can be said of more examples."
    before, after = last
    fell, low = curve.fall.value, curve.fall.low
    between = "" if low is None else f" (95% interval {low:.1%} to {curve.fall.high:.1%})"
    how = f"fell by {fell:.1%}{between}" if fell >= 0 else f"did not fall (a change of {-fell:+.1%}{between})"
    text = f"From {before.examples:,} to {after.examples:,} training examples the eval loss {how}"
    few = f"{curve.eval_examples:,} eval examples are too few to"
    if fall_per_doubling(before, after) > FALLING:
        sure = low is not None and low > 0
        return f"{text}: more {'are likely to help' if sure else f'may help, but {few} be sure'}."
    # What the rule asks of one doubling, of this growth.
    needed = 1 - (1 - FALLING) ** math.log2(after.examples / before.examples)
    sure = curve.fall.high is not None and curve.fall.high <= needed
    return (
        f"{text}: {'more are not likely to help much' if sure else f'no sign that more help, but {few} rule it out'}."
    )


def read(home: Home, name: str) -> LearningCurve | None:
    """The last learning curve of a dataset; None where none was measured.

    Raises:
      InputError: its file cannot be read.
    """
    file = folder(home, name) / FILE
    try:
        return LearningCurve.from_json(json.loads(file.read_text(encoding="utf-8")))
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        raise InputError(f"{file} cannot be read ({error}); measure it again: slipway learning-curve {name}") from error


def folder(home: Home, name: str) -> Path:
    """Where the result and the figures of a dataset's learning curve are kept."""
    return home.reports(name) / FOLDER
