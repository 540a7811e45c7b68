"""A number, its interval and what it is compared with, as positions along a line."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from reports import wording
from reports.figures import scale
from schemas.records import Interval

FAR = "the naive baseline"  # may be so far away that nothing else could be told apart on the same line
_FAR = 1.5  # lengths of the line


@dataclass(frozen=True)
class Marker:
    """A number that the value is compared with; ``at`` is None where it is off the line."""

    name: str
    value: float
    at: float | None = None

    @property
    def text(self) -> str:
        """Its value in words."""
        return wording.metric_value(self.value)


@dataclass(frozen=True)
class Ruler:
    """A value on a line; positions are in per cent of its length.

    Attributes:
      name: of the metric.
      interval: the value with its bounds.
      low, high: the ends of the line.
      at, start, stop: where the value and its interval's ends are.
      markers: what it is compared with.
      direction: which way is better.
    """

    name: str
    interval: Interval
    low: float
    high: float
    at: float
    start: float
    stop: float
    markers: tuple[Marker, ...]
    direction: str

    @classmethod
    def of(
        cls, name: str, interval: Interval, markers: Sequence[Marker], *, higher: bool = True, most: float = math.inf
    ) -> "Ruler":
        """A line that is long enough for the value, its interval and all markers but a far naive baseline.

        Args:
          higher: whether higher is better.
          most: the largest value that the metric can take.
        """
        ends = [end for end in (interval.value, interval.low, interval.high) if end is not None]
        near = [marker.value for marker in markers if marker.name != FAR]
        low, high = scale.around([*ends, *near], margin=0.12)
        far = [marker.value for marker in markers if marker.name == FAR]
        if all(low - _FAR * (high - low) < value < high + _FAR * (high - low) for value in far):
            low, high = scale.around([*ends, *near, *far], margin=0.12)
        return cls.within(max(0.0, low), min(high, most), name, interval, markers, higher=higher)

    @classmethod
    def within(
        cls, low: float, high: float, name: str, interval: Interval, markers: Sequence[Marker], *, higher: bool = True
    ) -> "Ruler":
        """A line from ``low`` to ``high``, which others may share; see ``of``."""

        def at(number: float | None) -> float:
            share = (number - low) / (high - low) if number is not None and high > low else 0.0
            return round(100 * min(1.0, max(0.0, share)), 2) if math.isfinite(share) else 0.0

        return cls(
            name,
            interval,
            low,
            high,
            at(interval.value),
            at(interval.low if interval.low is not None else interval.value),
            at(interval.high if interval.high is not None else interval.value),
            tuple(
                Marker(marker.name, marker.value, at(marker.value) if low <= marker.value <= high else None)
                for marker in markers
            ),
            "higher is better" if higher else "lower is better",
        )
