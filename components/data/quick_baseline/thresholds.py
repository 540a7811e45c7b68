"""Thresholds below what a plain model reaches, so that a sound model keeps them and a broken one does not."""

import math

from components.data.quick_baseline.judging import Measured
from schemas.records import Interval
from schemas.tasks import Metric, Task

_OF_SHARES, _OF_ERRORS = 0.03, 0.1  # how far below at least: another model may be a little worse and sound
_DIGITS = 2


def thresholds(task: Task, found: Measured) -> dict[str, float]:
    """A bound for the primary metric, and of a binary classification for its AUC.

    It is the end of the metric's 95% interval, or further off where the test split is so large that the interval is narrow.
    """
    wanted = [metric for metric in task.metrics if metric.name in (task.primary.name, "auc")]
    bounds = ((metric.name, _bound(metric, found.metrics.get(metric.name))) for metric in wanted)
    return {name: bound for name, bound in bounds if bound is not None}


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
