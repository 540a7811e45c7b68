"""A place on earth."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from schemas import problems
from schemas.features.feature import Feature
from schemas.forms import DegreesForm
from schemas.problems import Problem


@dataclass(frozen=True, kw_only=True)
class Geo(Feature):
    """A place, from two columns: ``Geo(of=("latitude", "longitude"))``, in degrees.

    The model sees the point on a sphere of radius 1 (x, y, z: places beside the date line are close), the z-scores of latitude
    and longitude, and an indicator. Where either is missing, the place is: 0 in all of them, with the indicator 1. A latitude
    beyond -90 to 90 or a longitude beyond -180 to 180 is an error.

    Attributes:
      of: the columns of the latitude and of the longitude, in this order.
    """

    WIDTH: ClassVar[int] = 6
    raw: ClassVar[str] = "number"

    @property
    def is_column(self) -> bool:
        """See ``Feature.is_column``."""
        return False

    @property
    def of_type(self) -> str:
        """See ``Feature.of_type``."""
        return "number"

    @property
    def of_forms(self) -> dict[str, DegreesForm]:
        """See ``Feature.of_forms``."""
        return dict(zip(self.of, (DegreesForm("latitude"), DegreesForm("longitude")), strict=False))

    def problems(self) -> Iterator[Problem]:
        """The fields that break their rule."""
        if self.derived is not None:
            yield Problem("derived", self.derived, "of=(latitude, longitude) alone")
        yield from problems.strings("of", self.of)
        if not isinstance(self.of, tuple) or len(self.of) != 2:
            yield Problem("of", self.of, "the columns of the latitude and of the longitude, such as ('lat', 'lon')")
