"""One of several classes that have an order."""

from dataclasses import dataclass
from typing import Any

from schemas.tasks.classification import Classification
from schemas.tasks.task import Metric


@dataclass(frozen=True)
class Ordinal(Classification):
    """One of several classes in their order, such as ``("poor", "fair", "good")``: to be off by two is worse than by one.

    The model is the cumulative-link one with proportional odds (McCullagh, 1980): one score, and rising thresholds between the
    classes. It learns which score an input has and where the thresholds lie.
    """

    @property
    def metrics(self) -> tuple[Metric, ...]:
        """Mean absolute distance of the ranks, accuracy, quadratic weighted kappa (Cohen, 1968), and the cross-entropy."""
        return Metric("mae", False), Metric("accuracy", True, 1.0), Metric("kappa", True, 1.0), Metric("loss", False)

    @property
    def ordered(self) -> bool:
        """See ``Task.ordered``."""
        return True

    @property
    def output(self) -> dict[str, Any]:
        """See ``Task.output``: the score, behind which the thresholds follow."""
        return {"name": "score", "units": 1, "dtype": "float32"}
