"""Bounds that a metric must keep for a blessing: of its value, or of the nearer end of its 95% interval.

A plain number in a page is a bound of the value: ``AtLeast`` for a metric of which higher is better, else ``AtMost``.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from schemas import problems
from schemas.problems import Problem
from schemas.records import Interval
from schemas.tasks import Metric

VALUE = "value"


@dataclass(frozen=True)
class Bound:
    """What both kinds share.

    Attributes:
      bound: the number.
      of: what is compared with it: ``value``, or the end of the interval that a small test split moves away.
    """

    end: ClassVar[str]
    bound: float
    of: str = VALUE

    def problems(self, metric: Metric) -> Iterator[Problem]:
        """What is wrong with this bound of that metric."""
        yield from problems.number("bound", self.bound, 0, metric.high)
        yield from problems.one_of("of", self.of, (VALUE, self.end))

    def measured(self, interval: Interval) -> float | None:
        """The number that is compared; None where there is none."""
        raise NotImplementedError


@dataclass(frozen=True)
class AtLeast(Bound):
    """A lower bound, of a metric of which higher is better; with ``of="lower bound"`` of the interval's lower end."""

    end: ClassVar[str] = "lower bound"

    def problems(self, metric: Metric) -> Iterator[Problem]:
        """See ``Bound.problems``."""
        yield from super().problems(metric)
        if not metric.higher_is_better:
            yield Problem(metric.name, self, f"AtMost({self.bound!r}): less {metric.name} is better")

    def measured(self, interval: Interval) -> float | None:
        """See ``Bound.measured``."""
        return interval.value if self.of == VALUE else interval.low


@dataclass(frozen=True)
class AtMost(Bound):
    """An upper bound, of a metric of which lower is better; with ``of="upper bound"`` of the interval's upper end."""

    end: ClassVar[str] = "upper bound"

    def problems(self, metric: Metric) -> Iterator[Problem]:
        """See ``Bound.problems``."""
        yield from super().problems(metric)
        if metric.higher_is_better:
            yield Problem(metric.name, self, f"AtLeast({self.bound!r}): more {metric.name} is better")

    def measured(self, interval: Interval) -> float | None:
        """See ``Bound.measured``."""
        return interval.value if self.of == VALUE else interval.high


Threshold = float | AtLeast | AtMost


def bound_of(threshold: Threshold, metric: Metric) -> AtLeast | AtMost:
    """A page's threshold as a bound."""
    if isinstance(threshold, AtLeast | AtMost):
        return threshold
    return AtLeast(threshold) if metric.higher_is_better else AtMost(threshold)
