"""Slices that are no column of the source: ranges of a number, or of a text's length."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from schemas import problems
from schemas.problems import Problem

OF = ("value", "words")
MISSING = "missing"


@dataclass(frozen=True)
class Buckets:
    """A column cut into ranges, so that metrics can be split by them. ExampleGen writes it as a string column ``name``.

    Attributes:
      column: the column of the source.
      edges: where a range ends and the next, which holds the edge, begins; rising.
      of: ``value``, the number in the column; or ``words``, how many words its text has.
    """

    column: str
    edges: tuple[float, ...] = ()
    of: str = "value"

    @property
    def name(self) -> str:
        """The name of the slice, e.g. ``Age (range)`` or ``text (words)``."""
        return f"{self.column} ({'words' if self.of == 'words' else 'range'})"

    @property
    def kind(self) -> str:
        """What the column is read as: ``number`` or ``string``."""
        return "string" if self.of == "words" else "number"

    @property
    def labels(self) -> tuple[str, ...]:
        """The ranges' names in order: ``< 73``, ``73 to < 76``, ``>= 76`` (words: ``73 to 75``); a gap is ``missing``."""
        middle = [
            _whole(low, high) if self.of == "words" else f"{_plain(low)} to < {_plain(high)}"
            for low, high in pairwise(self.edges)
        ]
        return (f"< {_plain(self.edges[0])}", *middle, f">= {_plain(self.edges[-1])}")

    def problems(self) -> Iterator[Problem]:
        """The fields that break their rule; edges are checked one by one, and then whether they rise."""
        yield from problems.text("column", self.column)
        yield from problems.one_of("of", self.of, OF)
        if not isinstance(self.edges, tuple) or not self.edges:
            yield Problem("edges", self.edges, "a tuple of one or more numbers")
            return
        # A text has one word or more (an empty one is missing), so that an edge below 1 would cut off nothing.
        for edge in self.edges:
            yield from problems.number("edges", edge, *((1,) if self.of == "words" else ()), whole=self.of == "words")
        numbers = [edge for edge in self.edges if isinstance(edge, int | float)]
        if any(low >= high for low, high in pairwise(numbers)):
            yield Problem("edges", self.edges, "numbers that rise")


def _whole(low: float, high: float) -> str:
    """The whole numbers from ``low`` to before ``high``."""
    return _plain(low) if low + 1 == high else f"{_plain(low)} to {_plain(high - 1)}"


def _plain(number: float) -> str:
    """No thousands separator, which would stand in a year as well."""
    return f"{number:.15g}"
