"""Behaviour contracts of a page: how answers may change when an input does; judged on the test split, as thresholds are."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import ClassVar

from schemas import problems
from schemas.problems import Problem
from schemas.tasks import CLASSES, Task

UP, DOWN = "up", "down"
_DIRECTIONS = (UP, DOWN)
_MOST_DEGREES, _MOST_PIXELS = 180, 64


@dataclass(frozen=True, kw_only=True)
class Contract:
    """What both kinds share.

    Attributes:
      share: of the changed test examples, how many must keep the contract, 0 to 1.
      label: of several tasks, whose answer it is of; "" for the first.
    """

    share: float = 0.95
    label: str = ""

    def problems(self, raw: Mapping[str, str], task: Task) -> Iterator[Problem]:
        """What is wrong with it in a page.

        Args:
          raw: the types of the page's raw columns by name: ``number``, ``string`` or ``image``.
          task: of the page.
        """
        yield from problems.number("share", self.share, 0, 1)
        if self.label:
            yield from problems.one_of("label", self.label, tuple(part.label for part in task.parts))

    def of_task(self, task: Task) -> Task:
        """Which of the page's tasks of one label it is of."""
        return next((part for part in task.parts if part.label == self.label), task.parts[0])

    def _label(self) -> str:
        return f", label={self.label!r}" if self.label else ""


@dataclass(frozen=True)
class Monotone(Contract):
    """As a number rises, the answer must not fall (``up``), or not rise (``down``).

    The answer is the value of a regression; where there are classes, the probability of one.

    Attributes:
      column: a raw column that is a number.
      direction: ``up`` or ``down``.
      by: how much is added to the number; 0 for one standard deviation of the column.
      of: the class whose probability counts; "" for the second one of two of which an answer is one.
    """

    column: str
    direction: str
    by: float = 0.0
    of: str = ""

    def __str__(self) -> str:
        more = (f", of={self.of!r}" if self.of else "") + self._label()
        return f"Monotone({self.column!r}, {self.direction!r}{f', by={self.by:g}' if self.by else ''}{more})"

    def problems(self, raw: Mapping[str, str], task: Task) -> Iterator[Problem]:
        """See ``Contract.problems``."""
        yield from super().problems(raw, task)
        yield from _column_problems(self.column, raw, ("number",))
        yield from problems.one_of("direction", self.direction, _DIRECTIONS)
        yield from problems.number("by", self.by, 0)
        answered = self.of_task(task)
        classes = answered.classes_or_none
        if classes is None and self.of:
            yield Problem("of", self.of, "it with a classification only")
        elif classes is not None and (self.of or len(classes) > 2 or answered.kind == CLASSES):
            yield from problems.one_of("of", self.of, classes)


@dataclass(frozen=True)
class Invariant(Contract):
    """A change that does not matter must not change the class, any of several, or the value by more than a share of itself.

    Exactly one change is named.

    Attributes:
      column: a raw column.
      swap: pairs of words that change places wherever they stand as whole words, e.g. ``(("he", "she"),)``; of a text.
      rotate: degrees by which a picture is turned, counter-clockwise.
      shift: pixels by which a picture is moved to the right.
      within: of a regression, the share of the value by which it may change.
    """

    CHANGES: ClassVar[dict[str, str]] = {"swap": "string", "rotate": "image", "shift": "image"}
    column: str
    swap: tuple[tuple[str, str], ...] = ()
    rotate: float = 0.0
    shift: int = 0
    within: float = 0.05

    def __str__(self) -> str:
        return f"Invariant({self.column!r}, {self.change}={getattr(self, self.change)!r}{self._label()})"

    @property
    def change(self) -> str:
        """The name of the change."""
        return next(name for name in self.CHANGES if getattr(self, name))

    def problems(self, raw: Mapping[str, str], task: Task) -> Iterator[Problem]:
        """See ``Contract.problems``."""
        yield from super().problems(raw, task)
        changes = [name for name in self.CHANGES if getattr(self, name)]
        if len(changes) != 1:
            yield Problem("Invariant", changes, f"exactly {problems.one_of_these(tuple(self.CHANGES))}")
            return
        yield from _column_problems(self.column, raw, (self.CHANGES[self.change],))
        yield from problems.number("rotate", self.rotate, -_MOST_DEGREES, _MOST_DEGREES)
        yield from problems.number("shift", self.shift, -_MOST_PIXELS, _MOST_PIXELS, whole=True)
        yield from problems.number("within", self.within, 0)
        if not isinstance(self.swap, tuple) or not all(_is_pair(pair) for pair in self.swap):
            yield Problem("swap", self.swap, 'a tuple of pairs of different words, such as (("he", "she"),)')


def _is_pair(pair: object) -> bool:
    if not isinstance(pair, tuple) or len(pair) != 2 or pair[0] == pair[1]:
        return False
    return all(isinstance(word, str) and word.strip() for word in pair)


def _column_problems(column: object, raw: Mapping[str, str], kinds: tuple[str, ...]) -> Iterator[Problem]:
    allowed = tuple(name for name, kind in raw.items() if kind in kinds)
    if not allowed:
        yield Problem("column", column, f"a page with a raw column of type {' or '.join(kinds)}")
    else:
        yield from problems.one_of("column", column, allowed)
