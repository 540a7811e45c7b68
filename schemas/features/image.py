"""A picture."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from schemas import problems
from schemas.features.feature import Feature
from schemas.problems import Problem

IMAGE_CHANNELS = (1, 3)


@dataclass(frozen=True, kw_only=True)
class Image(Feature):
    """An encoded picture (PNG or JPEG bytes), decoded and resized in the graph to float32 0..1.

    Attributes:
      height, width: the size in pixels that the model sees.
      channels: 1 for grey, 3 for RGB.
    """

    raw: ClassVar[str] = "image"
    height: int = 28
    width: int = 28
    channels: int = 1

    def problems(self) -> Iterator[Problem]:
        """See ``Feature.problems``."""
        yield from super().problems()
        yield from problems.number("height", self.height, 1, 4096, whole=True)
        yield from problems.number("width", self.width, 1, 4096, whole=True)
        if type(self.channels) is not int or self.channels not in IMAGE_CHANNELS:  # True == 1
            yield Problem("channels", self.channels, "1 (grey) or 3 (RGB)")
