"""A number."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from schemas import problems
from schemas.features.feature import Feature
from schemas.problems import Problem

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
    """

    raw: ClassVar[str] = "number"
    missing: str | float = "mean"
    scale: str = "z_score"
    indicator: bool = False
    buckets: int = 0

    def problems(self) -> Iterator[Problem]:
        """See ``Feature.problems``; also ``buckets`` of one range, and ``indicator`` beside ``buckets``."""
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
