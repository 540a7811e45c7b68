"""Several names."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from schemas import problems
from schemas.features.feature import Feature
from schemas.forms import SetForm
from schemas.problems import Problem


@dataclass(frozen=True, kw_only=True)
class Set(Feature):
    """Several names in a cell: tags, genres, ingredients. Neither their order nor a repetition counts; a missing one has none.

    Attributes:
      separator: what stands between names in a cell, such as ``red|blue``. A JSON array (``["red", "blue"]``) is taken too.
      vocabulary: how many names are kept, the most frequent first; others are not seen.
      min_count: names that stand in fewer rows of the training split are not seen.
      names: the names, where they are known; otherwise they are learned from the training split.
      length: how many names of a cell are read, the most frequent ones of the training split first.
    """

    raw: ClassVar[str] = "string"
    separator: str = "|"
    vocabulary: int = 1000
    min_count: int = 1
    names: tuple[str, ...] = ()
    length: int = 32

    @property
    def form(self) -> SetForm:
        """See ``Feature.form``."""
        return SetForm(self.separator)

    @property
    def needs_values(self) -> bool:
        """See ``Feature.needs_values``: names that the page lists are not learned, so that a column may be empty."""
        return not self.names

    def problems(self) -> Iterator[Problem]:
        """See ``Feature.problems``; also a name that the separator would divide."""
        yield from super().problems()
        yield from self._only_a_column()
        yield from problems.text("separator", self.separator)
        yield from problems.number("vocabulary", self.vocabulary, 1, whole=True)
        yield from problems.number("min_count", self.min_count, 1, whole=True)
        yield from problems.strings("names", self.names)
        yield from problems.number("length", self.length, 1, 10_000, whole=True)
        for name in self.names if isinstance(self.separator, str) and self.separator else ():
            if self.separator in name or name != name.strip():
                yield Problem("names", name, f"names without {self.separator!r} and without space around them")
