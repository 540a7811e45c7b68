"""Text to numbers."""

import contextlib

import pyarrow as pa
import pyarrow.compute as pc

from schemas.columns.cells import CellError, first_failure, received
from schemas.features import FINITE_NUMBER


def to_number(text: pa.Array, *, required: bool = False) -> pa.Array:
    """string[N] to float32[N]; null and NaN become null.

    Raises:
      CellError: what is no number, or infinite as a float32; where ``required``, a missing one too.
    """
    try:
        return _numbers(text, required)
    except pa.ArrowInvalid:
        row = first_failure(text, lambda part: _numbers(part, required))
    allowed = "a number"
    with contextlib.suppress(pa.ArrowInvalid):  # it parses: then it is infinite, or missing
        if pc.is_inf(_parsed(text.slice(row, 1)))[0].as_py():
            allowed = FINITE_NUMBER
    raise CellError(row, f"received {received(text[row])}; {allowed} is expected")


def _numbers(text: pa.Array, required: bool) -> pa.Array:
    """``to_number``, but raises ArrowInvalid where any cell is bad, whatever is wrong with it."""
    numbers = _parsed(text)
    numbers = pc.if_else(pc.is_nan(numbers), None, numbers)
    if pc.any(pc.is_inf(numbers)).as_py() or (required and numbers.null_count):
        raise pa.ArrowInvalid("infinite or missing")
    return numbers


def _parsed(text: pa.Array) -> pa.Array:
    """string[N] to float32[N]; a number beyond its range becomes infinite. Raises ArrowInvalid."""
    # As a request's number goes (a Python float, then float32): a direct cast could round a text to a neighbouring float32.
    return text.cast(pa.float64()).cast(pa.float32())
