"""Text to labels."""

import re
from collections import Counter
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from schemas.columns.cells import CellError, received
from schemas.columns.numbers import PLAIN, NumberStyle, to_number
from schemas.errors import listed, shown
from schemas.tasks import Forecast, MultiLabel, Task

_FIRST = 10  # labels of a file that an error shows


@dataclass(frozen=True)
class Label:
    """How the label column is read.

    Attributes:
      column: its name.
      classes: the class names, or None for a number.
      log: whether the logarithm of 1 + the number is learned, so that it may not be negative.
      horizon: of a forecast, how many values are to come; the first ones of a list (schemas.tasks.Forecast.label_width).
      separator: what stands between the names of a cell, where a label has any number of the classes; "" where it has one.
    """

    column: str
    classes: tuple[str, ...] | None
    log: bool = False
    horizon: int = 0
    separator: str = ""


def labels_of(task: Task) -> tuple[Label, ...]:
    """How the label of each task is read."""
    return tuple(
        Label(
            part.label,
            part.classes_or_none,
            part.log_label,
            part.horizon if isinstance(part, Forecast) else 0,
            part.separator if isinstance(part, MultiLabel) else "",
        )
        for part in task.parts
    )


def to_label(
    text: pa.Array, classes: tuple[str, ...] | None, *, log: bool = False, style: NumberStyle = PLAIN
) -> pa.Array:
    """string[N] to int64[N], the index of the class, or float32[N] where ``classes`` is None.

    A class is given by its name; or by its index, unless a name is itself a number: with classes 1, 2 and 3 a label 0 would
    count as class 1. Of names (or indices) that are numbers, a label of the same value will do: "1.0" is the class "1".
    Raises CellError for a label that is missing or is none of them, and where ``log`` a negative one.
    """
    if classes is None:
        return _to_target(text, log, style)
    indexed = not any(_is_number(name) for name in classes)
    labels = pc.index_in(text, pa.array(classes))
    if labels.null_count:
        labels = pc.coalesce(labels, _by_value(text, classes, indexed))
    labels = labels.cast(pa.int64())  # index_in gives int32, and a tf.Example has no other integer than int64
    if labels.null_count:
        row = pc.index(labels.is_null(), True).as_py()
        allowed = f"one of {listed(classes)}" + (f", or 0 to {len(classes) - 1}" if indexed else "")
        there = f"; its values are {_values(text)}" if labels.null_count == len(labels) > 1 else ""
        raise CellError(row, f"received {received(text[row])}; {allowed} is expected{there}")
    return labels


def _by_value(text: pa.Array, classes: tuple[str, ...], indexed: bool) -> pa.Array:
    """int32[N]: the class whose number equals the label's, where there is exactly one; else null."""
    numbers = Counter(float(name) for name in classes if _is_number(name))
    known = {float(name): index for index, name in enumerate(classes) if _is_number(name) and numbers[float(name)] == 1}
    if indexed:
        known = {float(index): index for index in range(len(classes))}
    # By the labels that there are, and not row by row: they are few.
    found = {label: known.get(float(label)) for label in pc.unique(text).to_pylist() if label and _is_number(label)}
    names = pa.array(list(found), pa.string())
    return pa.array(list(found.values()), pa.int32()).take(pc.index_in(text, names))


def _values(text: pa.Array) -> str:
    """The most frequent labels, each with the number of its rows."""
    counts = Counter({pair["values"]: pair["counts"] for pair in pc.value_counts(text).to_pylist()})
    named = [f"{'no value' if one is None else shown(one)} ({rows:,})" for one, rows in counts.most_common(_FIRST)]
    more = len(counts) - len(named)
    return ", ".join(named) + (f" and {more:,} more" if more else "")


def _to_target(text: pa.Array, log: bool, style: NumberStyle) -> pa.Array:
    """``to_label`` of a number: string[N] to float32[N]."""
    try:
        numbers = to_number(text, required=True, style=style)
    except CellError as error:
        if log:
            _to_target(text.slice(0, error.row), log, style)  # a cell before it may be negative
        raise
    row = pc.index(pc.less(numbers, 0), True).as_py() if log else -1
    if row >= 0:
        raise CellError(row, f"received {received(text[row])}; 0 or more is expected, as its logarithm is learned")
    return numbers


def _is_number(name: str) -> bool:
    return re.fullmatch(r"[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d{1,3})?", name, re.ASCII) is not None
