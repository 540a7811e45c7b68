"""A number."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from schemas import problems
from schemas.features.feature import Feature
from schemas.forms import ExactForm
from schemas.problems import Problem

EXACT_WIDTH = 4
NUMBER_FILLS = ("mean", "median", "zero")
NUMBER_SCALES = ("z_score", "log", "min_max", "none")


@dataclass(frozen=True, kw_only=True)
class Number(Feature):
    """A number, float32.

    Attributes:
      missing: what stands for a missing value: the ``mean`` or ``median`` of the training split, ``zero``, or a number.
      scale: ``z_score`` (subtract the mean, divide by the standard deviation), ``log`` (log(1 + x) of x >= 0, then
        z-score), ``min_max`` (to 0..1), or ``none``.
      indicator: whether the model also sees, as a second number, if the value was missing (1) or not (0).
      buckets: if not 0, the number becomes one of so many ranges, each with about as many values of the training split;
        a missing value has a range of its own, and ``missing`` and ``scale`` do not matter.
      exact: whether numbers that float32 cannot tell apart stay apart, such as Unix seconds and 64-bit ids: whole numbers of
        64 bits, with up to seven digits after the point. The smallest of the training split is subtracted before the rest is
        rounded to float32, and what rounding would lose are numbers of their own: the z-score, the digits of 22 bits each that
        it does not hold (0 where it holds them) and the fraction, four numbers. A missing one is the mean.
    """

    raw: ClassVar[str] = "number"
    missing: str | float = "mean"
    scale: str = "z_score"
    indicator: bool = False
    buckets: int = 0
    exact: bool = False

    @property
    def column_type(self) -> str:
        """See ``Feature.column_type``: exact numbers travel in decimal."""
        return "string" if self.exact else "number"

    @property
    def form(self) -> ExactForm | None:
        """See ``Feature.form``."""
        return ExactForm() if self.exact else None

    def problems(self) -> Iterator[Problem]:
        """See ``Feature.problems``; also ``buckets`` of one range or with ``indicator``, and what ``exact`` excludes."""
        yield from super().problems()
        if isinstance(self.missing, str):
            if self.missing not in NUMBER_FILLS:
                yield Problem("missing", self.missing, f"one of {', '.join(NUMBER_FILLS)}, or a number")
        else:
            yield from problems.number("missing", self.missing)
        yield from problems.one_of("scale", self.scale, NUMBER_SCALES)
        yield from problems.flag("indicator", self.indicator)
        yield from problems.number("buckets", self.buckets, 0, 1000, whole=True)
        if self.buckets == 1:
            yield Problem("buckets", self.buckets, "at least two, or 0 for none")
        if self.buckets and self.indicator:
            yield Problem("indicator", self.indicator, "False: with buckets a missing value has a bucket of its own")
        yield from problems.flag("exact", self.exact)
        if self.exact:
            yield from self._only_a_column()
            for name, only in (("missing", "mean"), ("scale", "z_score"), ("buckets", 0)):
                if getattr(self, name) != only:
                    yield Problem(name, getattr(self, name), f"{only!r} with exact=True")
