"""What is predicted: the label, its classes, and the metrics that judge it."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from schemas import problems
from schemas.problems import Problem


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
      label: the source's label column.
    """

    label: str

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
    def classes_or_none(self) -> tuple[str, ...] | None:
        """The class names in the order of ``probabilities``; None for a regression."""
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


@dataclass(frozen=True)
class Classification(Task):
    """One of several classes. The label column holds class names; or, where none of these is a whole number, their index."""

    classes: tuple[str, ...] = ()

    def problems(self) -> Iterator[Problem]:
        """See ``Task.problems``; also fewer than two classes, or one that stands twice."""
        yield from super().problems()
        yield from problems.strings("classes", self.classes, at_least=2)

    @property
    def output(self) -> dict[str, Any]:
        """See ``Task.output``: a softmax over the classes."""
        return {"name": "probabilities", "units": len(self.classes), "activation": "softmax", "dtype": "float32"}


@dataclass(frozen=True)
class BinaryClassification(Classification):
    """Two classes; the second is the positive one (label 1)."""

    @property
    def metrics(self) -> tuple[Metric, ...]:
        """Accuracy (at a probability of 0.5), the area under the ROC curve, and the cross-entropy."""
        return Metric("binary_accuracy", True, 1.0), Metric("auc", True, 1.0), Metric("loss", False)

    @property
    def output(self) -> dict[str, Any]:
        """See ``Task.output``: a sigmoid, the probability of the second class."""
        return {"name": "probability", "units": 1, "activation": "sigmoid", "dtype": "float32"}

    def problems(self) -> Iterator[Problem]:
        """See ``Task.problems``; also more than two classes."""
        yield from super().problems()
        if isinstance(self.classes, tuple) and len(self.classes) > 2:
            yield Problem("classes", self.classes, "two classes here, or MulticlassClassification")


@dataclass(frozen=True)
class MulticlassClassification(Classification):
    """Exactly one of two or more classes."""

    @property
    def metrics(self) -> tuple[Metric, ...]:
        """Accuracy of the most probable class, and the cross-entropy."""
        return Metric("accuracy", True, 1.0), Metric("loss", False)


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
