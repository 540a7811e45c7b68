"""Python's values, as JSON and databases give them, to Arrow columns."""

import datetime
import decimal
import json
from typing import Any

import pyarrow as pa

from schemas.columns import typed

_KNOWN = (bool, int, float, str, bytes, datetime.date, datetime.time, datetime.timedelta)


def array_of(values: list[Any]) -> pa.Array:
    """Values, None where there is none, as one Arrow type; as their text (schemas.columns.typed) where they are of several.

    Raises:
      UnicodeEncodeError: a text with half of a surrogate pair.
    """
    values = [value if value is None or type(value) in _KNOWN else _plain(value) for value in values]
    try:
        column = pa.array(values)
        # Arrow gives every object in a list the fields of all others in the block.
        if not pa.types.is_list(column.type) or not pa.types.is_struct(column.type.value_type):
            return column
    except (pa.ArrowException, OverflowError, TypeError, ValueError):
        pass
    return pa.array([None if value is None else text_of(value) for value in values], pa.binary())


def text_of(value: Any) -> bytes:
    """The text of one value. Raises UnicodeEncodeError as ``array_of`` does."""
    value = _plain(value)
    if isinstance(value, list):
        return json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=str).encode()
    if isinstance(value, str):
        return value.encode()
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value).encode()  # it may have more digits than any type of Arrow's
    cell: bytes | None = typed.to_text(pa.array([value]))[0].as_py()
    return cell or b""


def _plain(value: Any) -> Any:
    """A value of another library as one of Python's own: a decimal as its digits, so that none is lost."""
    if value is None or isinstance(value, (*_KNOWN, list)):
        return value
    if isinstance(value, decimal.Decimal):
        return format(value, "f") if value.is_finite() else None
    if isinstance(value, memoryview | bytearray):
        return bytes(value)
    if isinstance(value, dict):
        return json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=str)
    return str(value)  # UUID, an address, a range
