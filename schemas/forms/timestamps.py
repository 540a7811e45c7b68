"""Timestamps: read by a format, written as ISO 8601."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any, ClassVar

from schemas.forms.form import Form, FormError

ISO, UNIX, UNIX_MS = "iso", "unix", "unix_ms"
EPOCH = datetime(1970, 1, 1)
_CANONICAL = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{6})?", re.ASCII)
# Few digits, as Python would write out 1e999999999.
_NUMBER = re.compile(r"[+-]?\d{1,20}(\.\d{0,20})?([eE][+-]?\d{1,2})?", re.ASCII)
_MICROSECONDS = {UNIX: 1_000_000, UNIX_MS: 1000}
_SHOWN = datetime(2024, 12, 31, 18, 30)


@dataclass(frozen=True)
class TimestampForm(Form):
    """A moment, or a clock time of one place.

    The canonical text is ``2024-12-31T18:30:00``, with six digits of the second where they are not 0. A time with an offset
    becomes that of UTC; one without is taken as it stands.

    Attributes:
      format: ``iso``, ``unix`` (seconds since 1970), ``unix_ms``, or a format of Python's strptime.
    """

    name: ClassVar[str] = "timestamp"
    format: str = ISO

    @property
    def allowed(self) -> str:
        """See ``Form.allowed``."""
        words = {
            ISO: "a timestamp in ISO 8601",
            UNIX: "a timestamp in seconds since 1970",
            UNIX_MS: "a timestamp in milliseconds since 1970",
        }
        return words.get(self.format, f"a timestamp in the format {self.format!r} or in ISO 8601")

    @property
    def example(self) -> Any:
        """See ``Form.example``."""
        if self.format in _MICROSECONDS:
            return (_SHOWN - EPOCH) // timedelta(microseconds=_MICROSECONDS[self.format])
        return _SHOWN.isoformat() if self.format == ISO else _SHOWN.replace(tzinfo=UTC).strftime(self.format)

    def schema(self) -> dict[str, Any]:
        """See ``Form.schema``."""
        return {"type": ["string", "number", "null"] if self.format in _MICROSECONDS else ["string", "integer", "null"]}

    def canonical(self, value: Any) -> str:
        """See ``Form.canonical``: any year from 1 to 9999 in UTC."""
        if value is None or value == "":
            return ""
        if isinstance(value, bool) or not isinstance(value, str | int | float):
            raise self._refusal()
        try:
            text = str(value).strip()
            return self._moment(text).isoformat() if text else ""
        except (ValueError, OverflowError, ArithmeticError):
            raise self._refusal() from None

    def _refusal(self) -> FormError:
        return FormError(f"{self.allowed} is expected, such as {self.example!r}")

    def _moment(self, text: str) -> datetime:
        """Without a time zone, in UTC where it had one. Raises ValueError or OverflowError."""
        if _CANONICAL.fullmatch(text) or self.format == ISO:
            moment = datetime.fromisoformat(text)
        elif self.format in _MICROSECONDS:
            if not _NUMBER.fullmatch(text):
                raise ValueError
            # In whole microseconds: a float64 of seconds would not keep them.
            return EPOCH + timedelta(microseconds=round(Decimal(text) * _MICROSECONDS[self.format]))
        else:
            moment = datetime.strptime(text, self.format)
        return moment.astimezone(UTC).replace(tzinfo=None) if moment.tzinfo else moment
