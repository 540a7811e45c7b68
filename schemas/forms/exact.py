"""Numbers that float32 cannot tell apart: in decimal."""

import re
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, ClassVar

from schemas.forms.form import Form, FormError

FRACTION_DIGITS = 7
"""Digits after the point: so many a float32 between 0 and 1 can tell apart."""
_LOWEST, _HIGHEST = -(2**63), 2**63 - 1
_JSON_WHOLE = 2**53
# Few digits, as Python would write out 1e999999999.
_NUMBER = re.compile(r"[+-]?(\d{1,40}(\.\d{0,40})?|\.\d{1,40})([eE][+-]?\d{1,2})?", re.ASCII)


@dataclass(frozen=True)
class ExactForm(Form):
    """A number in decimal: ``1700000000`` or ``-12.5``; the part before the point fits an int64."""

    name: ClassVar[str] = "exact"

    @property
    def allowed(self) -> str:
        """See ``Form.allowed``."""
        return f"a number from -2**63 to 2**63 - 1 with at most {FRACTION_DIGITS} digits after the point"

    @property
    def example(self) -> Any:
        """See ``Form.example``."""
        return 1700000000

    def value(self, text: str) -> Any:
        """See ``Form.value``: a whole number as one; what the float64 of a JSON reader may not hold stays a text."""
        return int(text) if text.lstrip("-").isdigit() and abs(int(text)) <= _JSON_WHOLE else text

    def schema(self) -> dict[str, Any]:
        """See ``Form.schema``."""
        return {"type": ["number", "string", "null"], "minimum": _LOWEST, "maximum": _HIGHEST}

    def canonical(self, value: Any) -> str:
        """See ``Form.canonical``. NaN is a missing value."""
        if value is None or value == "" or value != value:
            return ""
        text = str(value).strip() if isinstance(value, int | float | str) and not isinstance(value, bool) else "?"
        if text.lower() in ("", "nan"):  # as Number reads them
            return ""
        if not _NUMBER.fullmatch(text):
            raise self._refusal()
        whole, _, fraction = format(Decimal(text), "f").partition(".")
        fraction = fraction.rstrip("0")
        if not _LOWEST <= int(whole) <= _HIGHEST or len(fraction) > FRACTION_DIGITS:
            raise self._refusal()
        sign = "-" if whole.startswith("-") and (int(whole) or fraction) else ""
        return f"{sign}{abs(int(whole))}" + (f".{fraction}" if fraction else "")

    def _refusal(self) -> FormError:
        return FormError(f"{self.allowed} is expected, such as {self.example}")
