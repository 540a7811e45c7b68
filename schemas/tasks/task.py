"""What all tasks share: the label, and the metrics that judge a model."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, ClassVar

from schemas import problems
from schemas.problems import Problem

CLASS, CLASSES, VALUE, VALUES, SEVERAL = "class", "classes", "value", "values", "several"


@dataclass(frozen=True)
class Metric:
    """A metric by the name that thresholds, reports and the version map use.

    Attributes:
      name: e.g. ``binary_accuracy``.
      higher_is_better: a threshold is a lower bound if true, an upper bound otherwise.
      high: the best or largest value it can take, where there is one.
    """

    name: str
    higher_is_better: bool
    high: float = float("inf")


@dataclass(frozen=True)
class Task:
    """What all tasks share.

    Attributes:
      kind: what an answer is: one ``class``, several ``classes``, a ``value``, several ``values``, or ``several`` answers.
      label: the source's label column.
      weight: what the loss counts beside those of the page's other tasks.
    """

    kind: ClassVar[str] = VALUE
    label: str
    weight: float = field(default=1.0, kw_only=True)

    @property
    def parts(self) -> tuple["Task", ...]:
        """The tasks of one label each: itself, or those that a page has together."""
        return (self,)

    # A property, not a field: metrics follow from the task, and stay out of the encoded page and so of the cache key.
    @property
    def metrics(self) -> tuple[Metric, ...]:
        """What is measured; the first is the primary one."""
        raise NotImplementedError

    @property
    def log_label(self) -> bool:
        """Whether the model learns log(1 + label)."""
        return False

    @property
    def output(self) -> dict[str, Any]:
        """The dense layer that a model ends with, as arguments of its constructor: a number, the label's z-score.

        In float32 whatever the other layers compute in: a probability near 1 has no half-precision neighbour.
        """
        return {"name": "z_score", "units": 1, "dtype": "float32"}

    @property
    def share(self) -> float | None:
        """The share of the labels that the answers' intervals promise to hold, 0 to 1; None where answers have none."""
        return None

    @property
    def ordered(self) -> bool:
        """Whether the classes have an order, so that one can be off by one or by more of them."""
        return False

    @property
    def judged(self) -> tuple[str, ...]:
        """The model's outputs by which its answers are judged: columns side by side, or one of several columns."""
        return ("value",)

    @property
    def label_width(self) -> int:
        """How many numbers an example's label has."""
        return 1

    @property
    def classes_or_none(self) -> tuple[str, ...] | None:
        """The class names in the order of ``probabilities``; None for numbers and for several tasks."""
        return getattr(self, "classes", None)

    @property
    def primary(self) -> Metric:
        """The metric that is compared with the baseline, the naive baseline and between slices."""
        return self.metrics[0]

    def metric(self, name: str) -> Metric:
        """The metric of that name. Raises StopIteration for one that this task does not have."""
        return next(metric for metric in self.metrics if metric.name == name)

    def problems(self) -> Iterator[Problem]:
        """The fields that break their rule; subclasses add those of their own fields."""
        yield from problems.text("label", self.label)
        yield from problems.number("weight", self.weight, 0)
