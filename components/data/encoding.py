"""Columns to serialized tf.Examples, a block of rows at a time in Arrow's vectors.

tfx_bsl's encoder builds a message for each row and takes four times as long; and each of its messages has the features in an
order of its own, so that equal rows are other bytes, which compress worse. Here features stand by name.
"""

from collections.abc import Callable
from functools import partial

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from schemas.columns.cells import null_where

BYTES = pa.large_binary()
# The tags of tensorflow/core/example/{example,feature}.proto: field number and wire type 2, "length-delimited".
_FIRST, _SECOND = b"\x0a", b"\x12"
_KINDS = {pa.binary(): b"\x0a", pa.float32(): b"\x12", pa.int64(): b"\x1a"}
_FLOAT_BYTES = 4
_MISSING = -1


def encoded(batch: pa.RecordBatch) -> pa.LargeBinaryArray:
    """Rows to tf.Examples, large_binary[N].

    Args:
      batch: columns of binary[N], float32[N] or int64[N], null where a value is missing, or list<float32>[N]. A missing value
        becomes a feature without a list, as tfx_bsl writes it.

    Raises:
      KeyError: a column of another type.
    """
    parts = []
    for name in sorted(batch.schema.names):
        values, kind = _contents(batch[name])
        lengths = pc.fill_null(pc.binary_length(values), _MISSING)
        parts += [by_value(lengths, partial(_begin, name, kind)), values]
    lengths = sum(
        (pc.fill_null(pc.binary_length(part), 0).to_numpy() for part in parts), np.zeros(batch.num_rows, np.int64)
    )
    begins = by_value(pa.array(lengths), lambda length: _FIRST + _varint(length))
    return joined(begins, *parts)


def by_value(numbers: pa.Array, text: Callable[[int], bytes]) -> pa.LargeBinaryArray:
    """What a function makes of each number, large_binary[N]; it is called once for equal ones."""
    distinct = numbers.dictionary_encode()
    return pa.array([text(number) for number in distinct.dictionary.to_pylist()], BYTES).take(distinct.indices)


def joined(*parts: pa.Array) -> pa.LargeBinaryArray:
    """The parts of each row, large_binary[N] each, one after the other; a null is as an empty one."""
    return pc.binary_join_element_wise(*parts, pa.scalar(b"", BYTES), null_handling="replace", null_replacement="")


def _contents(column: pa.Array) -> tuple[pa.LargeBinaryArray, bytes]:
    """The bytes that end each row's feature, large_binary[N], null where there is no value; and the tag of its list."""
    if pa.types.is_list(column.type):
        offsets = pc.multiply(column.offsets.cast(pa.int64()), _FLOAT_BYTES)
        numbers = column.values.view(pa.binary(_FLOAT_BYTES)).cast(BYTES)
        found = pa.Array.from_buffers(BYTES, len(column), [None, offsets.buffers()[1], numbers.buffers()[2]])
        return null_where(column.is_null(), found), _KINDS[column.type.value_type]
    kind = _KINDS[column.type]
    if pa.types.is_floating(column.type):  # little-endian here as in protobuf
        column = column.view(pa.binary(_FLOAT_BYTES))
    elif pa.types.is_integer(column.type):
        return by_value(column, _varint), kind
    return column.cast(BYTES), kind


def _begin(name: str, kind: bytes, length: int) -> bytes:
    """What stands before a feature's contents of so many bytes: the entry of the map with its name, and the list."""
    start = b""
    if length != _MISSING:
        within = _FIRST + _varint(length)
        start = kind + _varint(len(within) + length) + within
    size = len(start) + max(length, 0)
    key = _FIRST + _varint(len(name.encode())) + name.encode() + _SECOND + _varint(size)
    return _FIRST + _varint(len(key) + size) + key + start


def _varint(number: int) -> bytes:
    """As protobuf writes an int64: seven bits a byte, the lowest first; a negative one as its complement of 64 bits."""
    number %= 1 << 64
    found = bytearray()
    while number > 0x7F:
        found.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes([*found, number])
