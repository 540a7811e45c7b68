"""Many numbers as one column, MATRIX: in a schema, and in batches of examples."""

from collections.abc import Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from tensorflow_metadata.proto.v0 import schema_pb2

from schemas.encoding import MATRIX


def packed_schema(schema: schema_pb2.Schema, columns: Sequence[str]) -> schema_pb2.Schema:
    """A schema with one feature MATRIX, float32[columns], instead of those columns, whose names are its tags."""
    found = schema_pb2.Schema()
    found.CopyFrom(schema)
    del found.feature[:]
    found.feature.extend(feature for feature in schema.feature if feature.name not in set(columns))
    matrix = found.feature.add(name=MATRIX, type=schema_pb2.FLOAT)
    matrix.presence.min_fraction = 1
    matrix.shape.dim.add(size=len(columns))
    matrix.annotation.tag.extend(columns)
    return found


def packed_in(schema: schema_pb2.Schema) -> tuple[str, ...]:
    """The columns that MATRIX is made of; nothing where the schema has none."""
    return next((tuple(feature.annotation.tag) for feature in schema.feature if feature.name == MATRIX), ())


def pack(batch: pa.RecordBatch, columns: Sequence[str], schema: pa.Schema) -> pa.RecordBatch:
    """A batch of examples with some columns as one.

    Args:
      batch: list columns, with at most one value a row in each of ``columns``.
      schema: of what is returned: MATRIX has float32[columns] in each row, NaN where there is no value.
    """
    matrix = np.full((batch.num_rows, len(columns)), np.nan, np.float32)
    for place, name in enumerate(columns):
        cells = batch.column(name)
        if pa.types.is_null(cells.type):
            continue
        is_there = pc.list_value_length(cells).fill_null(0).to_numpy() > 0
        matrix[is_there, place] = cells.flatten().to_numpy(zero_copy_only=False)
    kind = schema.field(MATRIX).type
    ends = np.arange(batch.num_rows + 1) * len(columns)
    offsets = pa.array(ends, pa.int64() if pa.types.is_large_list(kind) else pa.int32())
    make = pa.LargeListArray if pa.types.is_large_list(kind) else pa.ListArray
    whole = make.from_arrays(offsets, pa.array(matrix.reshape(-1)))
    arrays = [whole if field.name == MATRIX else batch.column(field.name) for field in schema]
    return pa.RecordBatch.from_arrays(arrays, schema=schema)
