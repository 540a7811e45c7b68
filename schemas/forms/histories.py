"""The last values of a series."""

from dataclasses import dataclass
from typing import Any, ClassVar

from schemas.forms.form import FormError
from schemas.forms.vectors import VectorForm


@dataclass(frozen=True)
class HistoryForm(VectorForm):
    """As a vector, but never missing: there is nothing that a forecast could be made from instead."""

    name: ClassVar[str] = "history"

    @property
    def allowed(self) -> str:
        """See ``Form.allowed``."""
        return f"a list of the last {self.length:,} values, the oldest first, all finite numbers,"

    def schema(self) -> dict[str, Any]:
        """See ``Form.schema``."""
        return super().schema() | {"type": ["array", "string"]}

    def canonical(self, value: Any) -> str:
        """See ``Form.canonical``. Raises FormError for a missing one too."""
        text = super().canonical(value)
        if not text:
            raise FormError(f"{self.allowed} is expected", "no values")
        return text
