"""A number."""

from collections.abc import Iterator
from dataclasses import dataclass

from schemas import problems
from schemas.problems import Problem
from schemas.tasks.task import Metric, Task


@dataclass(frozen=True)
class Regression(Task):
    """A number, in the label's own unit. The model learns the label's z-score, which is undone in the exported graph.

    Attributes:
      log: whether the model learns log(1 + label) instead, for a label of at least 0 of which the relative error counts,
        such as a price. ``rmsle``, the root of the mean squared error of log(1 + x), is then the primary metric.
    """

    log: bool = False

    @property
    def metrics(self) -> tuple[Metric, ...]:
        """Root of the mean squared error and mean absolute error, in the label's unit; ``rmsle`` first where ``log``."""
        plain = (Metric("rmse", False), Metric("mae", False))
        return (Metric("rmsle", False), *plain) if self.log else plain

    @property
    def log_label(self) -> bool:
        """See ``Task.log_label``: as ``log`` is set."""
        return self.log

    def problems(self) -> Iterator[Problem]:
        """See ``Task.problems``."""
        yield from super().problems()
        yield from problems.flag("log", self.log)
