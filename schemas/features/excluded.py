"""A feature that is left out unless a run asks for it."""

from collections.abc import Iterator
from dataclasses import dataclass

from schemas import problems
from schemas.features.feature import Feature
from schemas.problems import Problem


@dataclass(frozen=True)
class Excluded:
    """A feature that is left out unless ``--include`` names it, and why.

    Attributes:
      feature: how it is encoded if it is taken in.
      why: a sentence that every run shows.
    """

    feature: Feature
    why: str

    def problems(self) -> Iterator[Problem]:
        """The problems of the feature and of ``why``; an excluded feature must be right before somebody includes it."""
        if not isinstance(self.feature, Feature):
            yield Problem("feature", self.feature, "a feature, such as Number() or Category()")
        else:
            yield from self.feature.problems()
        yield from problems.text("why", self.why)
