"""A number."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from schemas import problems
from schemas.problems import Problem
from schemas.tasks.task import Metric, Task

_MIDDLE = 0.5
_FEWEST_DIGITS = 10  # of a share: 0.95 - 0.05 is 0.8999999999999999 to a computer


@dataclass(frozen=True)
class Regression(Task):
    """A number, in the label's own unit. The model learns the label's z-score, which is undone in the exported graph.

    Attributes:
      log: whether the model learns log(1 + label) instead, for a label of at least 0 of which the relative error counts,
        such as a price. ``rmsle``, the root of the mean squared error of log(1 + x), is then the primary metric.
      quantiles: the two between which the label is to lie, such as ``(0.05, 0.95)`` for an interval that has nine labels of
        ten; the answer then has that interval, too. None for the value alone.
    """

    log: bool = False
    quantiles: tuple[float, float] | None = None

    @property
    def metrics(self) -> tuple[Metric, ...]:
        """Root of the mean squared error and mean absolute error, in the label's unit; ``rmsle`` first where ``log``.

        With ``quantiles`` also the share of the labels that lie in their interval, and the intervals' mean width.
        """
        plain = (Metric("rmse", False), Metric("mae", False))
        found = (Metric("rmsle", False), *plain) if self.log else plain
        return found if self.quantiles is None else (*found, Metric("coverage", True, 1.0), Metric("width", False))

    @property
    def log_label(self) -> bool:
        """See ``Task.log_label``: as ``log`` is set."""
        return self.log

    @property
    def share(self) -> float | None:
        """See ``Task.share``: the distance of the two quantiles."""
        return None if self.quantiles is None else round(self.quantiles[1] - self.quantiles[0], _FEWEST_DIGITS)

    @property
    def judged(self) -> tuple[str, ...]:
        """See ``Task.judged``: the value, and the ends of its interval."""
        return ("value",) if self.quantiles is None else ("value", "low", "high")

    @property
    def output(self) -> dict[str, Any]:
        """See ``Task.output``: the z-score, and with ``quantiles`` how far below and above it the interval reaches."""
        return super().output | {"units": len(self.judged)}

    def problems(self) -> Iterator[Problem]:
        """See ``Task.problems``; also quantiles that are no two numbers, one below 0.5 and one above."""
        yield from super().problems()
        yield from problems.flag("log", self.log)
        if self.quantiles is not None and not _is_pair(self.quantiles):
            yield Problem("quantiles", self.quantiles, "two numbers, 0 < low < 0.5 < high < 1, such as (0.05, 0.95)")


def _is_pair(quantiles: object) -> bool:
    if not isinstance(quantiles, tuple) or len(quantiles) != 2:
        return False
    if any(isinstance(one, bool) or not isinstance(one, int | float) for one in quantiles):
        return False
    return bool(0 < quantiles[0] < _MIDDLE < quantiles[1] < 1)
