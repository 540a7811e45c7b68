"""A moment."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from schemas.features.feature import Feature
from schemas.forms import TimestampForm
from schemas.forms.timestamps import ISO, UNIX, UNIX_MS
from schemas.problems import Problem

CYCLIC_PARTS = ("month", "day", "day_of_year", "weekday", "hour")
TIMESTAMP_PARTS = ("year", "elapsed", *CYCLIC_PARTS)
_PROBE = datetime(2001, 2, 3, 4, 5, 6)  # each number differs from the others


@dataclass(frozen=True, kw_only=True)
class Timestamp(Feature):
    """A moment, as numbers: what returns (a month, a weekday, an hour) as sine and cosine, what passes as a z-score.

    A time with an offset is converted to UTC, one without is taken as it stands: months, weekdays and hours are then those
    of that clock. A missing value is 0 in all parts, with an indicator.

    Attributes:
      format: ``iso`` (ISO 8601: ``2024-12-31``, ``2024-12-31 18:30``, ``2024-12-31T18:30:00.25+02:00``), ``unix`` (seconds
        since 1970), ``unix_ms``, or a format of Python's strptime, such as ``%d.%m.%Y %H:%M``. ISO 8601 is taken beside any.
      parts: what the model sees: ``year``; ``elapsed``, the days since the earliest moment of the training split, with
        fractions, subtracted before numbers are rounded to float32; and cyclic ones: ``month``, ``day`` (of the month),
        ``day_of_year``, ``weekday``, ``hour`` (the time of day, to the second).
    """

    raw: ClassVar[str] = "string"
    format: str = ISO
    parts: tuple[str, ...] = ("year", "month", "weekday", "hour", "elapsed")

    @property
    def form(self) -> TimestampForm:
        """See ``Feature.form``."""
        return TimestampForm(self.format)

    @property
    def width(self) -> int:
        """How many numbers the model sees of it: two of each cyclic part, one of others, and the indicator."""
        return 1 + sum(2 if part in CYCLIC_PARTS else 1 for part in self.parts)

    def problems(self) -> Iterator[Problem]:
        """See ``Feature.problems``; also a format that does not read the day that it writes."""
        yield from super().problems()
        yield from self._only_a_column()
        if not isinstance(self.format, str) or not _is_format(self.format):
            yield Problem("format", self.format, "'iso', 'unix', 'unix_ms', or a format such as '%d.%m.%Y %H:%M'")
        parts = self.parts if isinstance(self.parts, tuple) else ()
        if not parts or not set(map(str, parts)) <= set(TIMESTAMP_PARTS) or len(set(parts)) < len(parts):
            yield Problem("parts", self.parts, f"a tuple of some of {', '.join(TIMESTAMP_PARTS)}, each once")


def _is_format(text: str) -> bool:
    if text in (ISO, UNIX, UNIX_MS):
        return True
    try:
        written = _PROBE.strftime(text)
        read = datetime.strptime(written, text) if "%z" not in text else datetime.strptime(f"{written}+0000", text)
    except (ValueError, TypeError):
        return False
    # At least the day: a time of day alone would be one of 1900.
    return read.date() == _PROBE.date()
