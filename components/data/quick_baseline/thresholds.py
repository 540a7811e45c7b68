"""Thresholds below what a plain model reaches, so that a sound model keeps them and a broken one does not."""

import math

from analysis.overall import AUC
from components.data.quick_baseline.judging import Measured
from schemas.records import Interval
from schemas.tasks import Metric, Task

_OF_SHARES, _OF_ERRORS = 0.03, 0.1  # how far below at least: another model may be a little worse and sound
_DIGITS = 2


def thresholds(task: Task, found: Measured) -> dict[str, float]:
    """A bound for the primary metric, and of a binary classification for its AUC.

    It is the end of the metric's 95% interval, or further off where the test split is so large that the interval is narrow.
    A bound that an answer which is always the same one keeps, too, would say nothing: there is none then.
    """
    bounds = ((metric, _bound(metric, found.metrics.get(metric.name))) for metric in judged_by(task))
    return {
        metric.name: bound
        for metric, bound in bounds
        if bound is not None and _is_better(metric, bound, found.naive.get(metric.name))
    }


def judged_by(task: Task) -> list[Metric]:
    """The metrics that may have a threshold."""
    return [metric for metric in task.metrics if metric.name in (task.primary.name, AUC)]


def _is_better(metric: Metric, value: float, naive: Interval | None) -> bool:
    if naive is None or naive.value is None:
        return True
    return value > naive.value if metric.higher_is_better else value < naive.value


def _bound(metric: Metric, interval: Interval | None) -> float | None:
    if interval is None or interval.value is None or interval.low is None or interval.high is None:
        return None
    if metric.higher_is_better:
        bound = min(interval.low, interval.value * (1 - _OF_SHARES))
        return math.floor(bound * 100) / 100 if bound > 0 else None
    return _rounded_up(max(interval.high, interval.value * (1 + _OF_ERRORS)))


def _rounded_up(value: float) -> float | None:
    if value <= 0:
        return None
    step = 10.0 ** (math.floor(math.log10(value)) - _DIGITS + 1)
    return float(f"{math.ceil(value / step) * step:.{_DIGITS + 1}g}")
