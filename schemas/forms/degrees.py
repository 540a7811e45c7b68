"""Degrees of latitude and longitude."""

from dataclasses import dataclass
from typing import Any, ClassVar

from schemas.forms.form import FormError


@dataclass(frozen=True)
class DegreesForm:
    """A number column that is a latitude (-90 to 90) or a longitude (-180 to 180); it travels as the number that it is.

    Attributes:
      of: ``latitude`` or ``longitude``.
    """

    LIMITS: ClassVar[dict[str, float]] = {"latitude": 90.0, "longitude": 180.0}
    of: str

    @property
    def limit(self) -> float:
        """The largest absolute value."""
        return self.LIMITS[self.of]

    @property
    def allowed(self) -> str:
        """What is expected, as the beginning of the sentence "... is expected"."""
        return f"a {self.of} from -{self.limit:g} to {self.limit:g} degrees"

    def schema(self) -> dict[str, Any]:
        """What a value of JSON may be, in JSON Schema; a null is missing."""
        return {"type": ["number", "null"], "minimum": -self.limit, "maximum": self.limit}

    def check(self, value: float) -> None:
        """Raises FormError for a number beyond the limit; NaN is a missing value."""
        if abs(value) > self.limit:
            raise FormError(f"{self.allowed} is expected")

    def spec(self) -> dict[str, str]:
        """The form as a model card says it."""
        return {"form": self.of}
