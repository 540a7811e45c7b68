"""Groups of examples by one column: values of a string, ranges of a number, lengths of a text, and missing values."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from analysis.edges import edges_of
from analysis.predictions import SLICE, Info, Predictions
from schemas import ranges
from schemas.slices import MISSING, Buckets

SMALLEST = 20  # examples: the mean loss of fewer says little, and its t statistic is far from Student's distribution
MOST_VALUES = 20  # of a string: the most frequent ones
_MANY_ROWS = 5_000
_RANGES, _RANGES_OF_MANY = 4, 8
_TEXT_WORDS = 3  # a string with mostly rare values of more words is a text; one of fewer, such as an id, has no groups


@dataclass(frozen=True, eq=False)
class Grouping:
    """The groups of one column.

    Attributes:
      name: of the slice as a page has it: the column, or ``Buckets.name``.
      groups: their names.
      codes: int64[N], each example's group; -1 for none, as of a rare value.
      buckets: how the column is cut, None for one that is taken by its values.
      declared: whether the page has these Buckets, so that another page's slice cannot cut the column elsewhere.
    """

    name: str
    groups: tuple[str, ...]
    codes: np.ndarray
    buckets: Buckets | None = None
    declared: bool = False


def groupings(predictions: Predictions) -> tuple[Grouping, ...]:
    """The groups of every raw column but pictures, and of the page's slices that are no raw columns.

    The classes are none: each has its scores already. A grouping of a single group is left out, as there is nothing to compare
    with.

    Args:
      predictions: with those columns.
    """
    found = (*_of_inputs(predictions), *_of_slices(predictions))
    return tuple(grouping for grouping in found if len(np.unique(grouping.codes)) > 1)


def _of_inputs(predictions: Predictions) -> Iterator[Grouping]:
    for column, kind in predictions.info.inputs.items():
        if kind == "number":
            numbers = predictions.input(column).combine_chunks()
            numbers = pc.if_else(pc.is_finite(numbers), numbers, pa.scalar(None, numbers.type))
            yield from _ranges(predictions.info, column, "value", numbers, numbers)
        elif kind == "string":
            texts = predictions.input(column).combine_chunks()
            values = _values(column, texts)
            if (values.codes >= 0).mean() >= 0.5:
                yield values
            elif pc.quantile(words := ranges.words(texts), 0.5)[0].as_py() > _TEXT_WORDS:
                yield from _ranges(predictions.info, column, "words", texts, words)


def _of_slices(predictions: Predictions) -> Iterator[Grouping]:
    info, label = predictions.info, predictions.task.label
    cut = {buckets.name: buckets for buckets in info.buckets}
    for name in info.slice_columns:
        buckets = cut.get(name)
        column = buckets.column if buckets else name
        if column != label and column not in info.inputs:
            values = _values(name, predictions.table[SLICE + name].combine_chunks())
            yield Grouping(name, values.groups, values.codes, buckets, declared=buckets is not None)


def _ranges(info: Info, column: str, of: str, values: pa.Array, numbers: pa.Array) -> Iterator[Grouping]:
    """The ranges that the page declares; else of about as many examples each."""
    declared = next((buckets for buckets in info.buckets if (buckets.column, buckets.of) == (column, of)), None)
    buckets = declared or _cut(column, of, pc.drop_null(numbers).to_numpy(zero_copy_only=False), len(numbers))
    if buckets is not None:
        codes = ranges.indices(buckets, values)
        yield Grouping(buckets.name, (*buckets.labels, MISSING), codes, buckets, declared is not None)


def _cut(column: str, of: str, known: np.ndarray, rows: int) -> Buckets | None:
    """None for a column without a value."""
    edges = edges_of(known, _RANGES if rows < _MANY_ROWS else _RANGES_OF_MANY, whole=of == "words")
    if not edges and len(known):
        edges = (float(str(known[0])),)  # a single number, whose gaps are a group; by str, as a person would type it
    if of == "words":
        edges = tuple(int(edge) for edge in edges)
    return Buckets(column, edges, of) if edges else None


def _values(name: str, texts: pa.Array) -> Grouping:
    """The most frequent values, and missing ones where there are enough."""
    encoded = texts.dictionary_encode(null_encoding="encode")
    codes = encoded.indices.to_numpy(zero_copy_only=False).astype(np.int64)
    names = [MISSING if value is None else value for value in encoded.dictionary.to_pylist()]
    counts = np.bincount(codes, minlength=len(names))
    frequent = [code for code in np.argsort(-counts, kind="stable")[:MOST_VALUES] if counts[code] >= SMALLEST]
    new = np.full(len(names) + 1, -1)
    new[frequent] = np.arange(len(frequent))
    return Grouping(name, tuple(names[code] for code in frequent), new[codes])
