"""One of several classes."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, ClassVar

from schemas import problems
from schemas.problems import Problem
from schemas.tasks.task import CLASS, Metric, Task


@dataclass(frozen=True)
class Classification(Task):
    """One of several classes. The label column holds class names; or, where none of these is a whole number, their index."""

    kind: ClassVar[str] = CLASS
    classes: tuple[str, ...] = ()

    def problems(self) -> Iterator[Problem]:
        """See ``Task.problems``; also fewer than two classes, or one that stands twice."""
        yield from super().problems()
        yield from problems.strings("classes", self.classes, at_least=2)

    @property
    def output(self) -> dict[str, Any]:
        """See ``Task.output``: a softmax over the classes."""
        return {"name": "probabilities", "units": len(self.classes), "activation": "softmax", "dtype": "float32"}

    @property
    def judged(self) -> tuple[str, ...]:
        """See ``Task.judged``: float[N, classes]."""
        return ("probabilities",)


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
