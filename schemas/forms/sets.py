"""Several names in a cell."""

import json
from dataclasses import dataclass
from typing import Any, ClassVar

from schemas.forms.form import Form, FormError


@dataclass(frozen=True)
class SetForm(Form):
    """Names in a cell, divided by the separator, or as a JSON array; neither order nor repetition counts.

    The canonical text has each name once, in the order of the alphabet, divided by the separator. No name is a missing value.
    """

    name: ClassVar[str] = "set"
    separator: str = "|"

    @property
    def allowed(self) -> str:
        """See ``Form.allowed``."""
        return f"names divided by {self.separator!r}, or a list of names,"

    @property
    def example(self) -> Any:
        """See ``Form.example``."""
        return ["red", "blue"]

    def value(self, text: str) -> Any:
        """See ``Form.value``: a list."""
        return text.split(self.separator) if text else []

    def schema(self) -> dict[str, Any]:
        """See ``Form.schema``."""
        return {"type": ["array", "string", "integer", "null"], "items": {"type": ["string", "integer"]}}

    def canonical(self, value: Any) -> str:
        """See ``Form.canonical``."""
        names = {name for one in self._parts(value) if (name := self._name(one))}
        text = self.separator.join(sorted(names))
        if text.startswith("[") and isinstance(_json(text), list):
            raise FormError("names that are no JSON arrays themselves are expected")  # else it would be read as one
        return text

    def _parts(self, value: Any) -> list[Any]:
        if value is None:
            return []
        if isinstance(value, list | tuple):
            return list(value)
        if isinstance(value, bool) or not isinstance(value, str | int):
            raise FormError(f"{self.allowed} is expected, such as {self.example}")
        text = str(value).strip()
        listed = _json(text) if text.startswith("[") else None
        return listed if isinstance(listed, list) else list(text.split(self.separator))

    def _name(self, value: Any) -> str:
        if value is None:
            return ""
        if isinstance(value, bool) or not isinstance(value, str | int):
            raise FormError(f"a list of names (strings) is expected, such as {self.example}")
        name = str(value).strip()
        if self.separator in name:
            raise FormError(f"names without the separator {self.separator!r} are expected")
        return name


def _json(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None
