"""Ranges of numbers and of text lengths as columns of names, in vectors."""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from schemas.slices import MISSING, Buckets


def of_column(buckets: Buckets, values: pa.Array) -> pa.Array:
    """float[N] (``value``) or binary[N] (``words``), null where missing, to the names of their ranges, binary[N]."""
    names = pa.array([name.encode() for name in (*buckets.labels, MISSING)], pa.binary())
    return names.take(pa.array(indices(buckets, values)))


def indices(buckets: Buckets, values: pa.Array) -> np.ndarray:
    """The same as int64[N], each the range's place in ``buckets.labels``; their number where a value is missing."""
    numbers = words(values) if buckets.of == "words" else values
    # Both sides as float32, which is what ExampleGen writes: an edge 0.7 must not divide it from a cell "0.7".
    known = pc.fill_null(numbers.cast(pa.float32(), safe=False), 0).to_numpy(zero_copy_only=False)
    found = np.searchsorted(np.array(buckets.edges, np.float32), known, side="right")
    return np.where(values.is_valid().to_numpy(zero_copy_only=False), found, len(buckets.edges) + 1)


def words(texts: pa.Array) -> pa.Array:
    """How many words each text has, int32[N]: what white space divides; null where it is missing."""
    return pc.list_value_length(pc.utf8_split_whitespace(pc.utf8_trim_whitespace(texts.cast(pa.string()))))
