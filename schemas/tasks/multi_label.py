"""Any number of several classes."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, ClassVar

from schemas import problems
from schemas.problems import Problem
from schemas.tasks.task import CLASSES, Metric, Task

MOST_CLASSES = 62  # the label is one int64, a bit for each class, and its sign stays free


@dataclass(frozen=True)
class MultiLabel(Task):
    """Any number of the classes, none among them: tags, genres, defects. Each has a probability of its own.

    A cell of the label has the names of its classes, divided by the separator or as a list (JSON, Parquet); an empty one has
    none of them. In an example the label is an int64 of which bit k, from the lowest, says whether class k is there.

    Attributes:
      classes: their names, at most 62.
      separator: what stands between names in a cell, such as ``red|blue``.
      threshold: the probability from which on an answer has a class, above 0 and below 1.
    """

    kind: ClassVar[str] = CLASSES
    classes: tuple[str, ...] = ()
    separator: str = "|"
    threshold: float = 0.5

    @property
    def metrics(self) -> tuple[Metric, ...]:
        """F1 over all decisions, the mean of the classes' F1, the share of rows whose classes are all right, and the mean over
        rows of the cross-entropies' mean over classes."""
        return (
            Metric("f1_micro", True, 1.0),
            Metric("f1_macro", True, 1.0),
            Metric("exact_match", True, 1.0),
            Metric("loss", False),
        )

    @property
    def output(self) -> dict[str, Any]:
        """See ``Task.output``: a sigmoid for each class."""
        return {"name": "probabilities", "units": len(self.classes), "activation": "sigmoid", "dtype": "float32"}

    @property
    def judged(self) -> tuple[str, ...]:
        """See ``Task.judged``: float[N, classes]."""
        return ("probabilities",)

    def problems(self) -> Iterator[Problem]:
        """See ``Task.problems``; also too many classes, a name that the separator divides, and a threshold out of range."""
        yield from super().problems()
        found = [*problems.strings("classes", self.classes, at_least=1), *problems.text("separator", self.separator)]
        yield from found
        if not found:
            yield from self._class_problems()
        threshold = self.threshold
        if isinstance(threshold, bool) or not isinstance(threshold, int | float) or not 0 < threshold < 1:
            yield Problem("threshold", threshold, "a number, above 0 and below 1")

    def _class_problems(self) -> Iterator[Problem]:
        if len(self.classes) > MOST_CLASSES:
            yield Problem("classes", len(self.classes), f"at most {MOST_CLASSES} classes")
        for name in self.classes:
            if self.separator in name or name != name.strip() or name.startswith("["):
                yield Problem("classes", name, f"names without {self.separator!r}, a [ in front or space around them")


def text_of(names: Iterable[str]) -> str:
    """Some of the classes as models and files have them: a JSON array, such as ``["a", "b"]``."""
    return json.dumps(list(names), ensure_ascii=False)
