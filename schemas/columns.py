"""Columns of text to typed Arrow columns, in vectors; and where a cell does not fit, which one."""

import contextlib
import re
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from schemas.errors import shown
from schemas.features import FINITE_NUMBER


class CellError(Exception):
    """A cell that does not fit its column.

    Attributes:
      row: its row, counted from 0 in the block.
      reason: what was received, and what is allowed.
    """

    def __init__(self, row: int, reason: str) -> None:
        super().__init__(reason)
        self.row = row
        self.reason = reason


@dataclass(frozen=True)
class Label:
    """How the label column is read.

    Attributes:
      column: its name.
      classes: the class names, or None for a number.
      log: whether the logarithm of 1 + the number is learned, so that it may not be negative.
    """

    column: str
    classes: tuple[str, ...] | None
    log: bool = False


def to_string(cells: pa.Array) -> pa.Array:
    """binary[N] to string[N] without surrounding white space; an empty cell becomes null.

    Raises:
      CellError: bytes that are not UTF-8.
    """
    try:  # the whole column at once: only a column that fails is looked through for the cell
        text = cells.cast(pa.string())
    except pa.ArrowInvalid:
        row = _first_failure(cells, lambda part: part.cast(pa.string()))
        received = cells[row].as_py()[:40]
        raise CellError(row, f"received bytes {received!r}, which are not UTF-8; save the file as UTF-8") from None
    trimmed = pc.utf8_trim_whitespace(text)
    return pc.if_else(pc.equal(trimmed, ""), None, trimmed)


def to_number(text: pa.Array, *, required: bool = False) -> pa.Array:
    """string[N] to float32[N]; null and NaN become null.

    Raises:
      CellError: what is no number, or infinite as a float32; where ``required``, a missing one too.
    """
    try:
        return _numbers(text, required)
    except pa.ArrowInvalid:
        row = _first_failure(text, lambda part: _numbers(part, required))
    allowed = "a number"
    with contextlib.suppress(pa.ArrowInvalid):  # it parses: then it is infinite, or missing
        if pc.is_inf(_parsed(text.slice(row, 1)))[0].as_py():
            allowed = FINITE_NUMBER
    raise CellError(row, f"received {_received(text[row])}; {allowed} is expected")


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


def _received(cell: pa.Scalar) -> str:
    return "no value" if not cell.is_valid else shown(cell.as_py())


def to_label(text: pa.Array, classes: tuple[str, ...] | None, *, log: bool = False) -> pa.Array:
    """string[N] to int64[N], the index of the class, or float32[N] where ``classes`` is None.

    A class is given by its name; or by its index, unless a name is itself a whole number: with classes 1, 2 and 3 a label 0
    would count as class 1. Raises CellError for a label that is missing or is none of them, and where ``log`` a negative one.
    """
    if classes is None:
        return _to_target(text, log)
    indexed = not any(_is_whole(name) for name in classes)
    labels = pc.index_in(text, pa.array(classes))
    if indexed:
        labels = pc.coalesce(labels, pc.index_in(text, pa.array([str(i) for i in range(len(classes))])))
    labels = labels.cast(pa.int64())  # index_in gives int32, and a tf.Example has no other integer than int64
    if labels.null_count:
        row = pc.index(labels.is_null(), True).as_py()
        allowed = f"one of {', '.join(classes)}" + (f", or 0 to {len(classes) - 1}" if indexed else "")
        raise CellError(row, f"received {_received(text[row])}; {allowed} is expected")
    return labels


def _to_target(text: pa.Array, log: bool) -> pa.Array:
    """``to_label`` of a number: string[N] to float32[N]."""
    try:
        numbers = to_number(text, required=True)
    except CellError as error:
        if log:
            _to_target(text.slice(0, error.row), log)  # a cell before it may be negative
        raise
    row = pc.index(pc.less(numbers, 0), True).as_py() if log else -1
    if row >= 0:
        raise CellError(row, f"received {_received(text[row])}; 0 or more is expected, as its logarithm is learned")
    return numbers


def _is_whole(name: str) -> bool:
    return re.fullmatch(r"[+-]?\d+", name) is not None


def to_list(values: pa.Array) -> pa.Array:
    """T[N] to list<T>[N] with one value, or null where there is none: the form that tf.Example encoders take."""
    valid = values.is_valid()
    counts = pc.cumulative_sum(valid.cast(pa.int32()))
    # No copy per row: the values without nulls, and where each row's part of them begins.
    offsets = pa.concat_arrays([pa.array([0], pa.int32()), counts])
    return pa.ListArray.from_arrays(offsets, values.drop_null(), mask=pc.invert(valid))


def from_list(cells: pa.Array) -> pa.Array:
    """The inverse of ``to_list``: list<T>[N] to T[N], the first value of each list, null of one that is null or empty."""
    counts = pc.fill_null(pc.list_value_length(cells), 0).to_numpy()
    first = np.cumsum(counts) - counts
    return pc.list_flatten(cells).take(pa.array(first, pa.int64(), mask=counts == 0))


def convert(cells: pa.Array, kind: str, label: Label) -> pa.Array:
    """One column of cells (binary[N], null where missing) to float32, int64 or (string and image) binary[N].

    Raises CellError for the first cell that does not fit, whatever is wrong with it.
    """
    if kind == "image":
        return cells
    try:
        text = to_string(cells)
    except CellError as error:
        convert(cells.slice(0, error.row), kind, label)  # a cell before it may be wrong in another way
        raise
    if kind == "label":
        return to_label(text, label.classes, log=label.log)
    return to_number(text) if kind == "number" else text.cast(pa.binary())


def _first_failure(cells: pa.Array, attempt: Callable[[pa.Array], object]) -> int:
    """The first cell for which ``attempt`` raises ArrowInvalid, found by halving."""
    # Arrow names the value that it refuses but not its place. Each slice is half of the last: N cells are converted in all.
    low, high = 0, len(cells)
    while high - low > 1:
        middle = (low + high) // 2
        try:
            attempt(cells.slice(low, middle - low))
        except pa.ArrowInvalid:
            high = middle
        else:
            low = middle
    return low
