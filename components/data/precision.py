"""Numbers that float32, in which models compute, cannot tell apart: the Unix seconds of an hour are some 30 numbers there."""

from collections.abc import Iterable, Mapping
from typing import Any, TypedDict

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from schemas.columns import to_string, typed
from schemas.columns.numbers import PLAIN, NumberStyle, plain_numbers
from schemas.errors import InputError

_ROUNDING = 2.0**-24  # at most, of a float32's value
_MOST = 1e-4  # of a column's range: less than that is lost in scaling and training anyhow


class Span(TypedDict):
    """Of a number column in a block.

    Attributes:
      low, high: its smallest and its largest value.
      lost: the most that rounding to float32 moves a value, where values become one; else 0.
      pair: two values that become one; [] where there are none.
    """

    low: float
    high: float
    lost: float
    pair: list[float]


def span_of(cells: pa.Array, numbers: pa.Array, style: NumberStyle = PLAIN) -> Span | None:
    """What a block's column lost; None where it has no values.

    Args:
      cells: as the source has them, good ones.
      numbers: float32[N], what became of them.
      style: how they are written where they are text.
    """
    bounds = pc.min_max(numbers).as_py()
    if bounds["min"] is None:
        return None
    low, high = bounds["min"], bounds["max"]
    # The rounded numbers tell whether it is worth while to read the cells again, which costs as much as reading them once.
    if max(abs(low), abs(high)) * _ROUNDING <= _MOST * (high - low):
        return {"low": low, "high": high, "lost": 0.0, "pair": []}
    values = np.unique(_precise(cells, style))
    rounded = values.astype(np.float32)
    (same,) = np.nonzero(rounded[1:] == rounded[:-1])
    span: Span = {"low": float(values[0]), "high": float(values[-1]), "lost": 0.0, "pair": []}
    if len(same):
        span["pair"] = values[same[0] : same[0] + 2].tolist()
        # Half their distance at least: beyond 2**53 a difference in float64 may be 0.
        moved = np.abs(values.astype(np.float64) - rounded.astype(np.float64)).max()
        span["lost"] = max(float(moved), (span["pair"][1] - span["pair"][0]) / 2)
    return span


def _precise(cells: pa.Array, style: NumberStyle) -> np.ndarray:
    """The values that are there, int64 or float64[M]."""
    cells = typed.plain(cells).drop_null()
    if pa.types.is_integer(cells.type):
        return cells.to_numpy(zero_copy_only=False)
    if typed.is_number(cells.type):
        values = typed.to_floats(cells).to_numpy(zero_copy_only=False)
    else:
        text = plain_numbers(to_string(typed.to_text(cells)).drop_null(), style)
        try:
            return text.cast(pa.int64()).to_numpy(zero_copy_only=False)
        except pa.ArrowInvalid:
            values = text.cast(pa.float64()).to_numpy(zero_copy_only=False)
    return values[~np.isnan(values)]


def check(name: str, blocks: Iterable[Mapping[str, Span]]) -> None:
    """Looks at the whole of each column: values that are close in one block may be so beside others that are far apart.

    Args:
      name: what errors call the source.

    Raises:
      InputError: a column loses so much that a model could not learn from it.
    """
    whole: dict[str, Span] = {}
    for block in blocks:
        for column, span in block.items():
            whole[column] = _together(whole[column], span) if column in whole else span
    for column, span in whole.items():
        if span["pair"] and span["lost"] > _MOST * (span["high"] - span["low"]):
            first, second = (_shown(value) for value in span["pair"])
            raise InputError(
                f"{name}, column {column!r}: {first} and {second} become one number in float32, in which models compute; "
                "use Number(exact=True), or Timestamp(format='unix') where they are times in seconds ('unix_ms': milliseconds)"
            )


def _together(one: Span, other: Span) -> Span:
    pair = one["pair"] or other["pair"]
    low, high = min(one["low"], other["low"]), max(one["high"], other["high"])
    return {"low": low, "high": high, "lost": max(one["lost"], other["lost"]), "pair": pair}


def _shown(value: Any) -> str:
    return str(int(value)) if float(value).is_integer() else repr(value)
