"""Text to labels."""

import re
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from schemas.columns.cells import CellError, received
from schemas.columns.numbers import to_number


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
        raise CellError(row, f"received {received(text[row])}; {allowed} is expected")
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
        raise CellError(row, f"received {received(text[row])}; 0 or more is expected, as its logarithm is learned")
    return numbers


def _is_whole(name: str) -> bool:
    return re.fullmatch(r"[+-]?\d+", name) is not None
