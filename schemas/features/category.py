"""A name."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from schemas import problems
from schemas.features.feature import Feature
from schemas.problems import Problem


@dataclass(frozen=True, kw_only=True)
class Category(Feature):
    """One of a set of names. Whole numbers (a class 1, 2, 3) are read as names too. A missing value is a name.

    Attributes:
      vocabulary: how many names are kept, the most frequent first; the rest share one out-of-vocabulary id.
      min_count: names seen fewer times in the training split are out of vocabulary.
      names: the names, where they are known; otherwise they are learned from the training split. Where this is left
        empty, the builder takes the closed domain of the curated schema, if there is one.
      hash: if not 0, ids are a hash of the name, one of so many, and nothing is learned: for columns of very many names.
        Different names may share an id; a missing value has one of its own. ``vocabulary``, ``min_count`` and ``names`` do not
        matter then.
    """

    raw: ClassVar[str] = "string"
    vocabulary: int = 1000
    min_count: int = 1
    names: tuple[str, ...] = ()
    hash: int = 0

    @property
    def needs_values(self) -> bool:
        """See ``Feature.needs_values``: hashes and listed names are not learned, so that a column may be empty."""
        return not self.names and not self.hash

    def problems(self) -> Iterator[Problem]:
        """See ``Feature.problems``."""
        yield from super().problems()
        yield from problems.number("vocabulary", self.vocabulary, 1, whole=True)
        yield from problems.number("min_count", self.min_count, 1, whole=True)
        yield from problems.strings("names", self.names)
        yield from problems.number("hash", self.hash, 0, 10_000_000, whole=True)
        if self.hash == 1:
            yield Problem("hash", self.hash, "at least two, or 0 for a vocabulary")
        if self.hash and self.names:
            yield Problem("names", self.names, "no names together with hash")
