"""How much a model needs each raw column: permutation importance (Breiman, 2001; Fisher, Rudin and Dominici, 2019)."""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import numpy as np

from analysis import intervals, overall, resampling
from analysis.losses import judged, losses
from analysis.predictions import Predictions
from analysis.records import Importance
from prediction.answer import Outputs
from schemas.records import Interval
from schemas.tasks import MultiLabel, Task

Predict = Callable[[Mapping[str, Any]], Outputs]
# The answers to examples, whose columns are cells [N] by name, where some columns have been moved: of each the rows that its
# cells are taken from, int64[repeats * N]. The outputs are of ``repeats * N`` rows for each moved column, one after the other.
Ask = Callable[[Mapping[str, np.ndarray], Mapping[str, np.ndarray]], Outputs]

ROWS = 2_000
REPEATS = 5
_RESAMPLES = 2_000


class Ranking(NamedTuple):
    """What was found.

    Attributes:
      columns: the most important first.
      notes: what was left out or sampled, and why.
    """

    columns: tuple[Importance, ...]
    notes: tuple[str, ...]


def importance(
    predictions: Predictions,
    predict: Predict,
    rows: int = ROWS,
    repeats: int = REPEATS,
    seed: int = 0,
    ask: Ask | None = None,
) -> Ranking:
    """How much worse the primary metric becomes when a column's values change places among the examples.

    Of two columns that say the same, each may seem needless: the model still has the other one. The interval is that of the
    bootstrap, of the examples and of the repeats.

    Args:
      predictions: with all raw columns; the answers to them are not computed again.
      predict: as ``prediction.loaded_model.LoadedModel.predict_columns``. It is called for some columns at once, with
        ``repeats`` times as many rows for each as there are examples: one call for each of a thousand columns would take the
        square of a thousand.
      rows: of more examples so many are taken at random.
      repeats: how often each column's values change places.
      seed: the same one gives the same numbers.
      ask: what gives the answers of ``predict`` sooner.

    Returns:
      Of a model with a single column no ranking: without it nothing is left.
    """
    names = tuple(predictions.info.inputs)
    if len(names) < 2:
        return Ranking((), (f"The model reads {names[0]} alone, so that columns have no ranking.",))
    if len(predictions) < 2:
        return Ranking((), (f"Importance needs two examples; the split has {len(predictions)}.",))
    random = np.random.default_rng(seed)
    chosen = np.arange(len(predictions))
    notes: tuple[str, ...] = ()
    if rows < len(predictions):
        chosen = np.sort(random.choice(len(predictions), rows, replace=False))
        notes = (f"Importance was measured on {rows:,} of {len(predictions):,} examples, chosen at random.",)
    primary, labels = predictions.task.primary, predictions.labels[chosen]
    columns = {name: _cells(predictions, name, chosen) for name in names}
    found = [overall.contributions(predictions)[primary.name][chosen]]
    at_once = max(1, ROWS * REPEATS // (len(chosen) * repeats))
    for some in (names[first : first + at_once] for first in range(0, len(names), at_once)):
        moved = {name: np.concatenate([random.permutation(len(chosen)) for _ in range(repeats)]) for name in some}
        answered = ask(columns, moved) if ask else by_columns(predict, columns, moved)
        tiled = np.tile(labels, repeats * len(some))
        scores = _scores(predictions.task, tiled, answered)
        found += list(scores.reshape(repeats * len(some), len(chosen), *scores.shape[1:]))
    worsening = _worsening(primary.name, np.stack(found, axis=1), len(names), seed)
    ranked = [Importance(name, interval) for name, interval in zip(names, worsening, strict=True)]
    return Ranking(tuple(sorted(ranked, key=lambda each: -_size(each))), notes)


def _cells(predictions: Predictions, name: str, rows: np.ndarray) -> np.ndarray:
    """A column as ``predict`` takes it: float32[N], NaN where missing; or object[N], "" where missing."""
    values = predictions.input(name).take(rows)
    if predictions.info.inputs[name] == "number":
        return values.to_numpy().astype(np.float32)
    cells = np.empty(len(values), object)  # not np.array(list), which cuts the zeros off a picture's end
    cells[:] = [value if value is not None else "" for value in values.to_pylist()]
    return cells


def by_columns(predict: Predict, columns: Mapping[str, np.ndarray], moved: Mapping[str, np.ndarray]) -> Outputs:
    """What ``Ask`` says, of raw columns: all of them as often as there are moved ones, one below the other."""
    size = len(next(iter(moved.values())))
    whole = {name: np.tile(cells, len(moved) * size // len(cells)) for name, cells in columns.items()}
    for start, (name, order) in zip(range(0, len(moved) * size, size), moved.items(), strict=True):
        whole[name][start : start + size] = columns[name][order]
    return predict(whole)


def _scores(task: Task, labels: np.ndarray, outputs: Outputs) -> np.ndarray:
    """What the answers contribute to the primary metric, float64[N] or int[N, 2, 1], as ``overall.contributions``."""
    if isinstance(task, MultiLabel):
        parts = overall.f1_parts(labels, judged(task, outputs), task.threshold)
        return parts.sum(axis=2, keepdims=True, dtype=np.int16)
    if task.classes_or_none:
        shares = np.asarray(outputs["probabilities"]).reshape(len(labels), -1)
        if task.ordered:
            answers = np.where(np.isfinite(shares).all(axis=1), shares.argmax(axis=1), -1)
            return np.abs(labels - overall.ranks(labels, answers, shares.shape[1])).astype(np.float64)
        return ((shares.argmax(axis=1) == labels) & np.isfinite(shares).all(axis=1)).astype(np.float64)
    found = losses(task, labels, judged(task, outputs))
    return np.where(np.isfinite(found), found, np.inf)


def _worsening(metric: str, scores: np.ndarray, columns: int, seed: int) -> list[Interval]:
    """Of each column.

    Args:
      scores: float64[N, 1 + columns * repeats], or of a ratio int[N, 1 + columns * repeats, 2, 1]; the first ones of the
        unchanged examples.
    """
    repeats = (scores.shape[1] - 1) // columns
    sums = resampling.sums(scores.reshape(len(scores), -1), _RESAMPLES, seed).reshape(_RESAMPLES, *scores.shape[1:])
    drawn = overall.of_means(metric, sums / len(scores))
    values = overall.of_means(metric, scores.mean(axis=0))
    random = np.random.default_rng(seed)
    places = random.integers(0, repeats, (_RESAMPLES, repeats))
    found = []
    for column in range(columns):
        own = slice(1 + column * repeats, 1 + (column + 1) * repeats)
        value = _difference(metric, values[0], values[own])
        resampled = np.take_along_axis(drawn[:, own], places, axis=1)
        found.append(intervals.percentile(float(value), _difference(metric, drawn[:, 0], resampled)))
    return found


def _difference(metric: str, before: np.ndarray, after: np.ndarray) -> np.ndarray:
    """By how much the metric is worse on average: of its values, float64[...] and float64[..., repeats]."""
    lower = metric in (*overall.ROOTS, *overall.LOWER_IS_BETTER)
    with np.errstate(invalid="ignore"):
        return (after.mean(axis=-1) - before) * (1 if lower else -1)


def _size(found: Importance) -> float:
    return -np.inf if found.worsening.value is None else found.worsening.value
