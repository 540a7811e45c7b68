"""Several numbers, always as many."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from schemas import problems
from schemas.features.feature import Feature
from schemas.forms import VectorForm
from schemas.problems import Problem

VECTOR_SCALES = ("z_score", "none")


@dataclass(frozen=True, kw_only=True)
class Vector(Feature):
    """So many numbers in a cell, such as an embedding or a spectrum: float32[N, length].

    A cell is a list of numbers (in a CSV file ``[0.5, 1, 2]`` or ``0.5 1 2``). A missing one is the mean of the training
    split, element by element.

    Attributes:
      length: how many numbers each row has; another number of them is an error.
      scale: ``z_score``, of each element by itself, or ``none``.
    """

    raw: ClassVar[str] = "string"
    length: int
    scale: str = "z_score"

    @property
    def form(self) -> VectorForm:
        """See ``Feature.form``."""
        return VectorForm(self.length)

    def problems(self) -> Iterator[Problem]:
        """See ``Feature.problems``."""
        yield from super().problems()
        yield from self._only_a_column()
        yield from problems.number("length", self.length, 1, 100_000, whole=True)
        yield from problems.one_of("scale", self.scale, VECTOR_SCALES)
