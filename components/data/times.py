"""A column of times to numbers that can be compared: microseconds since 1970 (UTC), or the numbers that stand there."""

import datetime
import enum

import pyarrow as pa
import pyarrow.compute as pc

from schemas.columns import CellError, to_string, typed
from schemas.columns.cells import first_failure, null_where, received
from schemas.errors import InputError

_ZONE = r"[T ].*(?:Z|[+-]\d{2}(?::?\d{2})?)$"
_MONTH = r"^\d{4}-\d{2}$"
_MICROSECONDS = pa.timestamp("us")
_EPOCH = datetime.datetime(1970, 1, 1)


class Kind(enum.Enum):
    """What a column of times holds."""

    TIME = "times in ISO 8601 (2024-05-01, 2024-05-01T10:00:00Z or 2024-05)"
    NUMBER = "numbers"
    FORMATTED = "times in the page's format"


def kind_of(cells: pa.Array, time_format: str) -> Kind:
    """The kind of a source's times, by the cells of its first block."""
    if time_format:
        return Kind.FORMATTED
    if not typed.is_text(cells.type):
        return Kind.NUMBER if typed.is_number(cells.type) else Kind.TIME
    # By the first value: a column of times with a number in it, or the other way round, is an error with its row.
    first = cells.drop_null().slice(0, 1)
    try:
        return Kind.NUMBER if len(first) and len(_numbers(to_string(first))) else Kind.TIME
    except (pa.ArrowInvalid, CellError):
        return Kind.TIME


def read(cells: pa.Array, kind: Kind, time_format: str) -> pa.Array:
    """The times of cells: int64[N], microseconds since 1970 (UTC); or float64[N], numbers.

    Args:
      cells: binary[N], or Arrow's own times, dates or numbers; null where missing.
      time_format: as ``time.strptime`` reads it; "" for ISO 8601. A time without a zone is one of UTC.

    Raises:
      CellError: a cell without a time, or with one that cannot be read.
    """
    row = pc.index(cells.is_null(nan_is_null=True), True).as_py()
    if row >= 0:
        raise CellError(row, f"received no value; {_allowed(kind, time_format)} are expected")
    if not typed.is_text(cells.type):
        if (found := _of_typed(cells, kind)) is not None:
            return found
        if kind is not Kind.FORMATTED:  # times among numbers, or what is neither
            raise CellError(0, f"received {received(cells[0])}; {_allowed(kind, time_format)} are expected")
    text = to_string(typed.to_text(cells))

    def attempt(part: pa.Array) -> pa.Array:
        if part.null_count:
            raise pa.ArrowInvalid("missing")
        return _numbers(part) if kind is Kind.NUMBER else _times(part, time_format)

    try:
        return attempt(text)
    except pa.ArrowInvalid:
        row = first_failure(text, attempt)
    raise CellError(row, f"received {received(text[row])}; {_allowed(kind, time_format)} are expected")


def given(text: str, kind: Kind, time_format: str, name: str) -> int | float | None:
    """A cut of the page as ``read`` reads a cell; None for "". Raises InputError that names the setting."""
    if not text:
        return None
    try:
        value: int | float = read(pa.array([text.encode()], pa.binary()), kind, time_format)[0].as_py()
    except CellError as error:
        raise InputError(f"splits.{name}: {error.reason}, as in the column of times") from None
    return value


def written(value: int | float, kind: Kind) -> str | float:
    """A time for people: ISO 8601, without the hour where it is midnight; a number as it is."""
    if kind is Kind.NUMBER:
        return int(value) if float(value).is_integer() else value
    found = _EPOCH + datetime.timedelta(microseconds=value)
    return found.date().isoformat() if found.time() == datetime.time() else found.isoformat()


def _of_typed(cells: pa.Array, kind: Kind) -> pa.Array | None:
    """Arrow's own times, and numbers where those are times, as ``read`` gives them; None for another type."""
    if _is_time(cells.type) and kind is not Kind.NUMBER:
        return cells.cast(pa.timestamp("us", getattr(cells.type, "tz", None)), safe=False).cast(pa.int64())
    return typed.to_floats(cells) if typed.is_number(cells.type) and kind is Kind.NUMBER else None


def _is_time(kind: pa.DataType) -> bool:
    return pa.types.is_timestamp(kind) or pa.types.is_date(kind)


def _numbers(text: pa.Array) -> pa.Array:
    """string[N] to float64[N], in which larger whole numbers are rounded but keep their order. Raises ArrowInvalid."""
    numbers = text.cast(pa.float64())
    if not pc.all(pc.is_finite(numbers), min_count=0).as_py():
        raise pa.ArrowInvalid("not finite")
    return numbers


def _times(text: pa.Array, time_format: str) -> pa.Array:
    """string[N] to int64[N]. Raises ArrowInvalid."""
    if time_format:
        return _formatted(text, time_format)
    text = pc.if_else(pc.match_substring_regex(text, _MONTH), pc.binary_join_element_wise(text, "01", "-"), text)
    zoned = pc.match_substring_regex(text, _ZONE)
    # Arrow reads a column either with zones or without: each cell is read in the way that is its own.
    plain = null_where(zoned, text).cast(_MICROSECONDS).cast(pa.int64())
    utc = null_where(pc.invert(zoned), text).cast(pa.timestamp("us", "UTC")).cast(pa.int64())
    return pc.coalesce(plain, utc)


def _formatted(text: pa.Array, time_format: str) -> pa.Array:
    found = pc.strptime(text, format=time_format, unit="s")
    # The C library takes 31 June for 1 July: what is written must come back, but for zeros in front and capitals.
    if "%z" not in time_format.lower() and not _bare(pc.strftime(found, format=time_format)).equals(_bare(text)):
        raise pa.ArrowInvalid("no such day")
    return found.cast(_MICROSECONDS).cast(pa.int64())


def _bare(text: pa.Array) -> pa.Array:
    return pc.utf8_lower(pc.replace_substring_regex(text, r"\b0+(\d)|\s+(\s)", r"\1\2"))


def _allowed(kind: Kind, time_format: str) -> str:
    return f"times written as {time_format!r}" if kind is Kind.FORMATTED else kind.value
