"""Arrow's own types to the text that a CSV file would have: what Parquet, JSON Lines, SQL and tf.Examples bring.

Integers are decimal. Floats have the fewest digits that read back as the same value, and a whole one has the text of the
integer: pandas makes floats of integers where one is missing. Booleans are ``true`` and ``false``, times ISO 8601 (in UTC and
with ``Z`` where they have a zone), lists a JSON array. NaN and null are missing.
"""

import json
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from schemas.columns.cells import CellError, first_failure, null_where

_EXACT = 2.0**53  # a float64 holds every whole number up to this one
_SPECIAL = r'["\\[:cntrl:]]'  # what JSON may not have as it is in a string
_SECONDS = {"s": 1, "ms": 10**3, "us": 10**6, "ns": 10**9}
_TEXTS = (pa.types.is_string, pa.types.is_large_string)
_BYTES = (pa.types.is_binary, pa.types.is_large_binary, pa.types.is_fixed_size_binary)
_LARGER = (
    (pa.types.is_string_view, pa.string()), (pa.types.is_binary_view, pa.binary()), (pa.types.is_float16, pa.float32()),
)  # fmt: skip
_LISTS = (pa.types.is_list, pa.types.is_large_list, pa.types.is_fixed_size_list)


def to_text(values: pa.Array) -> pa.Array:
    """T[N] of any type to binary[N] of UTF-8 text, null where there is no value; bytes stay as they are.

    Raises:
      CellError: a list of bytes that are not UTF-8.
    """
    values = plain(values)
    kind = values.type
    if _is(kind, _TEXTS) or _is(kind, _BYTES):
        return _bytes(values)
    return _bytes(_text(values))


def plain(values: pa.Array) -> pa.Array:
    """The values of an array that is encoded: of a dictionary, of runs, of an extension type.

    Those of a type that few of Arrow's functions take are of the next larger one: views, which Polars writes, and float16.
    """
    while True:
        if isinstance(values, pa.ExtensionArray):
            values = values.storage
        elif pa.types.is_dictionary(values.type):
            values = values.dictionary_decode()
        elif pa.types.is_run_end_encoded(values.type):
            values = pc.run_end_decode(values)
        elif (larger := next((kind for fits, kind in _LARGER if fits(values.type)), None)) is not None:
            values = values.cast(larger)
        else:
            return values


def is_number(kind: pa.DataType) -> bool:
    """Whether values of this type become numbers without going through text."""
    fits = (pa.types.is_integer, pa.types.is_floating, pa.types.is_decimal, pa.types.is_boolean)
    return any(fit(kind) for fit in fits)


def is_text(kind: pa.DataType) -> bool:
    """Whether values of this type are text or bytes already."""
    return _is(kind, _TEXTS) or _is(kind, _BYTES)


def to_floats(values: pa.Array) -> pa.Array:
    """T[N] of a type for which ``is_number`` holds to float64[N], null where missing; NaN stays."""
    if pa.types.is_boolean(values.type):
        values = values.cast(pa.int8())
    # safe=False: else Arrow refuses an int beyond 2**53, which float64 rounds.
    return values.cast(pa.float64(), safe=False)


def without(values: pa.Array, missing: tuple[str, ...]) -> pa.Array:
    """The values, null where one equals a cell that means "no value"; a cell that this type cannot have counts for nothing."""
    values = plain(values)
    kind = values.type
    if pa.types.is_nested(kind) or pa.types.is_null(kind):
        return values
    cells: list[Any] = []
    for cell in missing:
        try:
            read = pa.array([cell.encode()] if _is(kind, _BYTES) else [cell])
            cells += read.cast(kind).to_pylist()
        except pa.ArrowException:
            continue
    if not cells:
        return values
    return null_where(pc.is_in(values, pa.array(cells, kind)), values)


def _is(kind: pa.DataType, fits: tuple[Any, ...]) -> bool:
    return any(fit(kind) for fit in fits)


def _bytes(values: pa.Array) -> pa.Array:
    # A column of more than 2 GiB has offsets of 64 bits; blocks are far smaller.
    return values if values.type == pa.binary() else values.cast(pa.binary())


def _text(values: pa.Array) -> pa.Array:
    """T[N], no text and no bytes, to string[N]."""
    kind = values.type
    if pa.types.is_floating(kind):
        return _float_text(values)
    if pa.types.is_timestamp(kind):
        return _timestamp_text(values)
    if pa.types.is_time(kind):
        return _short_fraction(values.cast(pa.string()))
    if pa.types.is_duration(kind):
        return _float_text(pc.divide(values.cast(pa.int64()).cast(pa.float64(), safe=False), _SECONDS[kind.unit]))
    if _is(kind, _LISTS):
        return _list_text(values)
    if pa.types.is_nested(kind):
        return pa.array([_json(value) for value in values.to_pylist()], pa.string())
    return values.cast(pa.string())


def _float_text(values: pa.Array) -> pa.Array:
    values = pc.if_else(pc.is_nan(values), None, values)
    whole = pc.and_(pc.equal(values, pc.trunc(values)), pc.less_equal(pc.abs(values), _EXACT))
    integers = pc.if_else(whole, values, None).cast(pa.float64()).cast(pa.int64(), safe=False)
    return pc.if_else(whole, integers.cast(pa.string()), values.cast(pa.string()))


def _timestamp_text(values: pa.Array) -> pa.Array:
    unit, zone = values.type.unit, values.type.tz
    # A view and no cast: a time with a zone is counted in UTC, and no database of zones is needed.
    text = values.view(pa.timestamp(unit)).cast(pa.string()) if zone else values.cast(pa.string())
    text = _short_fraction(pc.replace_substring(text, " ", "T", max_replacements=1))
    return pc.binary_join_element_wise(text, "Z", "") if zone else text


def _short_fraction(text: pa.Array) -> pa.Array:
    """Times without the zeros at the end of their seconds' fraction."""
    cut = pc.replace_substring_regex(text, r"(\.[0-9]*?)0+$", r"\1")
    return pc.replace_substring_regex(cut, r"\.$", "")


def _list_text(values: pa.Array) -> pa.Array:
    """list<T>[N] to JSON arrays."""
    if pa.types.is_fixed_size_list(values.type):
        values = values.cast(pa.list_(values.type.value_type))
    counts = pc.list_value_length(values)
    elements = plain(values.flatten())
    offsets = pa.concat_arrays([pa.array([0], pa.int32()), pc.cumulative_sum(pc.fill_null(counts, 0).cast(pa.int32()))])
    try:
        text = pa.ListArray.from_arrays(offsets, _element_text(elements))
    except CellError as error:
        row = pc.sum(pc.less_equal(offsets, error.row)).as_py() - 1
        raise CellError(row, error.reason) from None
    joined = pc.binary_join_element_wise("[", pc.binary_join(text, ","), "]", "")
    return pc.if_else(values.is_valid(), joined, None)


def _element_text(elements: pa.Array) -> pa.Array:
    """The elements of lists as JSON, string[N] without nulls."""
    kind = elements.type
    if is_text(kind):
        text = _quoted(elements)
    elif pa.types.is_nested(kind) and not _is(kind, _LISTS):
        text = pa.array([_json(value) for value in elements.to_pylist()], pa.string())
    elif is_number(kind) or pa.types.is_null(kind) or _is(kind, _LISTS):
        text = _text(elements)
    else:
        text = _quoted(_text(elements))
    return pc.fill_null(text, "null")


def _quoted(elements: pa.Array) -> pa.Array:
    try:
        text = elements.cast(pa.binary()).cast(pa.string())
    except pa.ArrowInvalid:
        row = first_failure(elements, lambda part: part.cast(pa.binary()).cast(pa.string()))
        received = elements[row].as_py()[:40]
        raise CellError(
            row, f"received bytes {received!r} in a list, which are not UTF-8; texts are expected"
        ) from None
    special = pc.match_substring_regex(text, _SPECIAL)
    if pc.any(special).as_py():
        escaped = [
            value if value is None else json.dumps(value, ensure_ascii=False)[1:-1] for value in text.to_pylist()
        ]
        text = pa.array(escaped, pa.string())
    return pc.binary_join_element_wise('"', text, '"', "")


def _json(value: Any) -> str | None:
    """A struct or a map; None where it is missing."""
    return None if value is None else json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=_other)


def _other(value: Any) -> str:
    return value.decode(errors="replace") if isinstance(value, bytes) else str(value)
