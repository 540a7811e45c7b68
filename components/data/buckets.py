"""Ranges of numbers and of text lengths as columns of names, in vectors."""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from schemas.slices import MISSING, Buckets


def of_column(buckets: Buckets, values: pa.Array) -> pa.Array:
    """float[N] (``value``) or binary[N] (``words``), null where missing, to the names of their ranges, binary[N]."""
    if buckets.of == "words":
        values = pc.list_value_length(pc.utf8_split_whitespace(pc.utf8_trim_whitespace(values.cast(pa.string()))))
    # Both sides as float32, which is what ExampleGen writes: an edge 0.7 must not divide it from a cell "0.7".
    numbers = pc.fill_null(values.cast(pa.float32(), safe=False), 0).to_numpy(zero_copy_only=False)
    ranges = np.searchsorted(np.array(buckets.edges, np.float32), numbers, side="right")
    names = pa.array([name.encode() for name in buckets.labels], pa.binary()).take(pa.array(ranges))
    return pc.if_else(values.is_valid(), names, pa.scalar(MISSING.encode(), pa.binary()))
