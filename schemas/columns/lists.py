"""Columns as lists with at most one value a row, the form of tf.Examples."""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from schemas.columns import typed


def to_list(values: pa.Array) -> pa.Array:
    """T[N] to list<T>[N] with one value, or null where there is none: the form that tf.Example encoders take.

    A column of lists has that form.
    """
    if pa.types.is_list(values.type):
        return values
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


def to_cells(cells: pa.Array) -> pa.Array:
    """list<T>[N] to T[N] where every list has one value at the most; else to binary[N] of text, of several a JSON array.

    A list without a value is missing. Raises CellError for bytes among several that are not UTF-8.
    """
    if pa.types.is_null(cells.type) or pa.types.is_null(cells.type.value_type):
        return pa.nulls(len(cells))
    counts = pc.fill_null(pc.list_value_length(cells), 0)
    single = from_list(cells)
    if not pc.any(pc.greater(counts, 1)).as_py():
        return single
    several = typed.to_text(pc.if_else(pc.greater(counts, 1), cells, None))
    return pc.if_else(pc.greater(counts, 1), several, typed.to_text(single))
