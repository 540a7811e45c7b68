"""How a description finds its own mistakes: each check yields a Problem, and the pipeline names the dataset."""

import math
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from schemas.errors import shown


@dataclass(frozen=True)
class Problem:
    """One field that breaks its rule.

    Attributes:
      field: the field as it is written in the page, e.g. ``missing``.
      received: the offending value.
      allowed: what may stand there, as the end of the sentence "use ...".
    """

    field: str
    received: object
    allowed: str

    def __str__(self) -> str:
        return f"{self.field}: received {shown(self.received, 200)}; use {self.allowed}"


def one_of(field: str, value: object, allowed: tuple[str, ...]) -> Iterator[Problem]:
    """A value that is one of a few texts; yields a problem that lists them for any other."""
    if value not in allowed:
        yield Problem(field, value, one_of_these(allowed))


def kinds_named(kinds: Iterable[type]) -> str:
    """The names of classes, as the end of the sentence "use ...": ``A, B or C``."""
    *first, last = (kind.__name__ for kind in kinds)
    return f"{', '.join(first)} or {last}" if first else last


def one_of_these(allowed: tuple[str, ...]) -> str:
    """The choices, as the end of the sentence "use ..."."""
    return f"one of {', '.join(allowed)}"


def number(
    field: str, value: object, low: float = -math.inf, high: float = math.inf, *, whole: bool = False
) -> Iterator[Problem]:
    """A finite number from ``low`` to ``high``, both included; an int where ``whole``. True and False are no numbers."""
    kinds = int if whole else (int, float)
    # Not math.isfinite, which raises OverflowError for an int that is larger than any float.
    finite = isinstance(value, kinds) and not isinstance(value, bool) and abs(value) <= sys.float_info.max
    if not (finite and low <= value <= high):  # type: ignore[operator]
        yield Problem(field, value, number_within(low, high, whole=whole))


def number_within(low: float, high: float, *, whole: bool) -> str:
    """The range of ``number``, as the end of the sentence "use ..."."""
    bounds = {
        (True, True): "",
        (False, True): f" of at least {low:.15g}",
        (True, False): f" of at most {high:.15g}",
        (False, False): f" from {low:.15g} to {high:.15g}",
    }[math.isinf(low), math.isinf(high)]
    return ("a whole number" if whole else "a number") + bounds


def text(field: str, value: object) -> Iterator[Problem]:
    """A str with one character or more."""
    if not isinstance(value, str) or not value:
        yield Problem(field, value, "a string that is not empty")


def flag(field: str, value: object) -> Iterator[Problem]:
    """A bool; 0 and 1 are none."""
    if not isinstance(value, bool):
        yield Problem(field, value, "True or False")


def strings(field: str, value: object, at_least: int = 0) -> Iterator[Problem]:
    """A tuple of ``at_least`` or more different str, none of them empty; yields the first problem alone."""
    # A tuple and no list: schemas.codec reads every list as a tuple, so that a page's list would not come back as it was.
    if not isinstance(value, tuple) or not all(isinstance(item, str) and item for item in value):
        yield Problem(field, value, "a tuple of strings")
    elif len(value) < at_least:
        yield Problem(field, value, f"at least {at_least} of them")
    elif len(set(value)) < len(value):
        yield Problem(field, value, "each of them once")


def sizes(field: str, value: object, at_least: int = 0) -> Iterator[Problem]:
    """A tuple of positive whole numbers, such as layer widths."""
    fits = isinstance(value, tuple) and all(isinstance(v, int) and not isinstance(v, bool) and v > 0 for v in value)
    if not isinstance(value, tuple) or not fits or len(value) < at_least:
        more = f" ({at_least} or more of them)" if at_least else ""
        yield Problem(field, value, f"a tuple of positive whole numbers{more}")
