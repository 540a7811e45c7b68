"""What all kinds of feature share."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import ClassVar

from schemas import problems
from schemas.forms import AnyForm
from schemas.problems import Problem

FINITE_NUMBER = "a finite number (up to 3.4e38, float32)"  # what errors call a number that a model can read
FUNCTION = r"[A-Za-z_][\w.]*:[A-Za-z_]\w*"


@dataclass(frozen=True, kw_only=True)
class Feature:
    """What all kinds share: a column of the source, or a value computed from other columns in the graph.

    Attributes:
      derived: ``"module:function"``; the function takes the columns of ``of`` in that order, as dense tensors
        (float32[N] with NaN, or string[N] with "", where a value is missing), and returns one tensor of shape [N].
        It runs inside the exported graph, so training and serving cannot differ.
      of: the columns it takes. One that is not itself a declared Number is read as a string.
    """

    raw: ClassVar[str]
    derived: str | None = None
    of: tuple[str, ...] = ()

    @property
    def column_type(self) -> str:
        """The type of its column in a request: ``number``, ``string`` or ``image``."""
        return self.raw

    @property
    def is_column(self) -> bool:
        """Whether it is a column of the source itself, and not made of those of ``of``."""
        return self.derived is None

    @property
    def form(self) -> AnyForm | None:
        """What the cells of its column must look like beyond their type (schemas.forms); None where that is all."""
        return None

    @property
    def of_type(self) -> str:
        """The type of those columns of ``of`` that are no feature themselves."""
        return "string"

    @property
    def of_forms(self) -> Mapping[str, AnyForm]:
        """The forms that it asks of the columns of ``of``."""
        return {}

    @property
    def needs_values(self) -> bool:
        """Whether the training split must have a value: to learn a scale or a vocabulary from, or to decode."""
        return True

    def problems(self) -> Iterator[Problem]:
        """The fields that break their rule: those that all kinds share, then the kind's own."""
        # str() here and below: a page may hold any type, and every problem is reported instead of the first TypeError.
        if self.derived is not None and not re.fullmatch(FUNCTION, str(self.derived)):
            yield Problem("derived", self.derived, "'module:function'")
        yield from problems.strings("of", self.of, at_least=1 if self.derived is not None else 0)
        if self.of and self.derived is None:
            yield Problem("of", self.of, "it together with derived='module:function'")

    def _only_a_column(self) -> Iterator[Problem]:
        """A problem where it is derived: of a kind whose cells have a form that only the edges can check."""
        if self.derived is not None:
            yield Problem("derived", self.derived, f"no derived: {type(self).__name__} reads a column of the source")
