"""Several numbers in a cell, always as many."""

import json
import math
import re
import struct
from dataclasses import dataclass
from typing import Any, ClassVar

from schemas.forms.form import Form, FormError

_BETWEEN = re.compile(r"\s*[,;]\s*|\s+")


@dataclass(frozen=True)
class VectorForm(Form):
    """So many numbers: a JSON array, or a text of numbers with spaces, commas or semicolons between them.

    The canonical text has the numbers as float32, in the nine digits that tell any two of them apart, divided by spaces.
    """

    name: ClassVar[str] = "vector"
    length: int

    @property
    def allowed(self) -> str:
        """See ``Form.allowed``."""
        return f"a list of {self.length:,} finite numbers"

    @property
    def example(self) -> Any:
        """See ``Form.example``: of a long one the beginning would not be taken, so that it is whole."""
        return [round(number / self.length, 3) for number in range(self.length)]

    def value(self, text: str) -> Any:
        """See ``Form.value``: a list."""
        return [float(number) for number in text.split(" ")] if text else None

    def schema(self) -> dict[str, Any]:
        """See ``Form.schema``."""
        size = {"minItems": self.length, "maxItems": self.length}
        return {"type": ["array", "string", "null"], "items": {"type": "number"}, **size}

    def canonical(self, value: Any) -> str:
        """See ``Form.canonical``."""
        if value is None or (isinstance(value, str) and not value.strip()):
            return ""
        numbers = self._numbers(value)
        if len(numbers) != self.length:
            one = len(numbers) == 1
            raise FormError(f"{self.allowed} is expected", f"{len(numbers):,} {'number' if one else 'numbers'}")
        try:
            rounded = struct.unpack(f"<{self.length}f", struct.pack(f"<{self.length}f", *numbers))
        except OverflowError:
            raise FormError(f"{self.allowed} (up to 3.4e38, float32) is expected") from None
        return " ".join(f"{number:.9g}" for number in rounded)

    def _numbers(self, value: Any) -> list[float]:
        parts = value if isinstance(value, list | tuple) else self._parts(value)
        try:
            # Not float() of a JSON text or flag: [true, "1"] is no list of numbers.
            numbers = [float(part) for part in parts if not isinstance(part, bool | str) or isinstance(value, str)]
            if len(numbers) == len(parts) and all(map(math.isfinite, numbers)):
                return numbers
        except (TypeError, ValueError, OverflowError):
            pass
        bad = next(part for part in parts if not _is_number(part, texts=isinstance(value, str)))
        raise FormError(f"{self.allowed} is expected", f"a list with {str(bad)[:40]!r} in it")

    def _parts(self, value: Any) -> list[Any]:
        if isinstance(value, str):
            text = value.strip()
            if not text.startswith("["):
                return _BETWEEN.split(text) if text else []
            try:
                found = json.loads(text)
                if isinstance(found, list):
                    return found
            except (ValueError, RecursionError):
                # Of NumPy and others: [1. 2. 3.]
                return self._parts(text.strip("[]"))
        raise FormError(f"{self.allowed} is expected")


def _is_number(part: Any, *, texts: bool) -> bool:
    if isinstance(part, bool) or not isinstance(part, int | float | (str if texts else int)):
        return False
    try:
        return math.isfinite(float(part))
    except (ValueError, OverflowError):
        return False
