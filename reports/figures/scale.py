"""Ticks, and numbers onto pixels."""

import math
from collections.abc import Iterable

from reports.figures.figure import Axis

_STEPS = (1, 2, 2.5, 5, 10)


def ticks(axis: Axis, most: int = 6) -> list[float]:
    """Round numbers within the axis's range, at most so many."""
    span = axis.high - axis.low
    if not (math.isfinite(span) and span > 0):
        return [axis.low] if math.isfinite(axis.low) else []
    rough = span / most
    power = 10 ** math.floor(math.log10(rough))
    step = next(power * factor for factor in _STEPS if power * factor >= rough)
    if axis.whole:
        step = max(1, math.ceil(step))
    start = math.ceil(axis.low / step - 1e-9)
    return [index * step for index in range(start, math.floor(axis.high / step + 1e-9) + 1)]


def label(value: float) -> str:
    """A tick's number, as short as it is exact: ``0.25``, ``1,500``, ``2M``."""
    size = abs(value)
    if size >= 1e6:
        return f"{value / 1e6:,.10g}M".replace("-", "−")
    if 0 < size < 1e-3:
        return f"{value:.1e}".replace("-", "−")
    return f"{value:,.6g}".replace("-", "−")


def around(values: Iterable[float], *, zero: bool = False, margin: float = 0.05) -> tuple[float, float]:
    """A range that holds all finite values with a margin; with ``zero`` it begins or ends there.

    Without a finite value it is 0 to 1; of equal values, one that is wider by their size.
    """
    finite = [value for value in values if math.isfinite(value)] + ([0.0] if zero else [])
    if not finite:
        return 0.0, 1.0
    low, high = min(finite), max(finite)
    if low == high:
        wide = abs(low) / 2 or 0.5
        return low - wide, high + wide
    room = (high - low) * margin
    return (low if zero and low == 0 else low - room), (high if zero and high == 0 else high + room)


class Scale:
    """Numbers of an axis onto pixels from ``start`` to ``stop``."""

    def __init__(self, axis: Axis, start: float, stop: float) -> None:
        self._low, span = axis.low, axis.high - axis.low
        self._factor = (stop - start) / span if span > 0 else 0.0
        self._start = start

    def __call__(self, value: float) -> float:
        """The pixel, to a tenth: more digits would be most of the file."""
        return round(self._start + (value - self._low) * self._factor, 1)
