"""TensorProto to numpy and back, by the rules of TensorFlow's runtime."""

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import tensorflow as tf
from tensorflow.core.framework import types_pb2
from tensorflow.core.framework.tensor_pb2 import TensorProto

from serving.model_server.errors import invalid

# The field of a TensorProto that carries the values of a dtype; quantized types travel as their integers.
_FIELDS: dict[int, str] = {
    types_pb2.DT_FLOAT: "float_val",
    types_pb2.DT_DOUBLE: "double_val",
    types_pb2.DT_INT32: "int_val",
    types_pb2.DT_INT16: "int_val",
    types_pb2.DT_INT8: "int_val",
    types_pb2.DT_UINT8: "int_val",
    types_pb2.DT_UINT16: "int_val",
    types_pb2.DT_INT64: "int64_val",
    types_pb2.DT_UINT32: "uint32_val",
    types_pb2.DT_UINT64: "uint64_val",
    types_pb2.DT_BOOL: "bool_val",
    types_pb2.DT_HALF: "half_val",
    types_pb2.DT_BFLOAT16: "half_val",
    types_pb2.DT_COMPLEX64: "scomplex_val",
    types_pb2.DT_COMPLEX128: "dcomplex_val",
}
_BITS = (types_pb2.DT_HALF, types_pb2.DT_BFLOAT16)
_COMPLEX = (types_pb2.DT_COMPLEX64, types_pb2.DT_COMPLEX128)
_MOST_ELEMENTS = 2**31  # what a message could carry; a shape alone must not make us allocate more
NUMPY_OF_DTYPE = {number: np.dtype(tf.as_dtype(number).as_numpy_dtype) for number in _FIELDS}
DTYPE_OF_NUMPY = {kind: number for number, kind in NUMPY_OF_DTYPE.items()}


def from_proto(alias: str, proto: TensorProto) -> np.ndarray:
    """A tensor as an array of its shape; strings are an object array of bytes.

    Fewer values than elements repeat the last one, none at all are zeros or empty strings, and more are dropped.

    Raises:
      ServingError: INVALID_ARGUMENT, for a dtype or shape that no tensor has, or packed content of another length.
    """
    failed = invalid(f"tensor parsing error: {alias}")
    shape = [dim.size for dim in proto.tensor_shape.dim]
    if proto.tensor_shape.unknown_rank or any(size < 0 for size in shape):
        raise failed
    count = math.prod(shape)
    if count > _MOST_ELEMENTS:
        raise failed
    if proto.dtype == types_pb2.DT_STRING:
        values = _strings(proto, count)
    elif proto.dtype in _FIELDS:
        values = _numbers(proto, count)
    else:
        raise failed
    if values is None:
        raise failed
    return values.reshape(shape)


def _numbers(proto: TensorProto, count: int) -> np.ndarray | None:
    """The elements [count]; None where packed content has another length."""
    kind = NUMPY_OF_DTYPE[proto.dtype]
    if proto.tensor_content:
        if len(proto.tensor_content) != count * kind.itemsize:
            return None
        return np.frombuffer(proto.tensor_content, kind)
    sent = getattr(proto, _FIELDS[proto.dtype])
    if proto.dtype in _COMPLEX:
        # Real and imaginary parts alternate; an odd one at the end has no partner and is dropped.
        parts = np.array(sent, np.float32 if proto.dtype == types_pb2.DT_COMPLEX64 else np.float64)
        return _filled(parts[: len(parts) // 2 * 2].view(kind), count, kind)
    if proto.dtype in _BITS:
        return _filled(np.array(sent, np.int64).astype(np.uint16).view(kind), count, kind)
    # int_val carries int32 for narrow types too: numpy may refuse what the runtime wraps.
    exact = np.array(sent, np.int64) if _FIELDS[proto.dtype] == "int_val" else np.array(sent, kind)
    return _filled(exact.astype(kind, copy=False), count, kind)


def _filled(values: np.ndarray, count: int, kind: np.dtype) -> np.ndarray:
    if len(values) == count:
        return values
    if not len(values):
        return np.zeros(count, kind)
    return np.concatenate([values[:count], np.repeat(values[-1:], max(0, count - len(values)))])


def _strings(proto: TensorProto, count: int) -> np.ndarray | None:
    sent = _string_list(proto.tensor_content, count) if proto.tensor_content else list(proto.string_val)
    if sent is None:
        return None
    values = np.empty(count, object)
    if len(sent) == count:
        values[:] = sent
    else:
        values[:] = sent[-1] if sent else b""
        values[: len(sent)] = sent[:count]
    return values


def _string_list(content: bytes, count: int) -> list[bytes] | None:
    """TensorFlow's packed strings: all lengths as varints, then all bytes; None where they do not fit."""
    at, lengths = 0, []
    for _ in range(count):
        length = shift = 0
        while True:
            # A varint of 32 bits has at most five bytes; more would only let a client make huge integers.
            if at >= len(content) or shift > 28:
                return None
            byte = content[at]
            at += 1
            length |= (byte & 0x7F) << shift
            shift += 7
            if byte < 0x80:
                break
        lengths.append(length)
    if at + sum(lengths) != len(content):
        return None
    values = []
    for length in lengths:
        values.append(content[at : at + length])
        at += length
    return values


def to_proto(values: np.ndarray, into: TensorProto, *, packed: bool = False) -> None:
    """Writes an array into an empty TensorProto, with the values in the ``*_val`` field of its dtype.

    TensorFlow Serving answers so unless --enable_serialization_as_tensor_content is set, which is ``packed``.
    """
    for size in values.shape:
        into.tensor_shape.dim.add(size=size)
    flat = values.reshape(-1)
    if values.dtype.kind in "OSU":
        into.dtype = types_pb2.DT_STRING
        strings = list(map(_as_bytes, flat.tolist()))
        if packed:
            into.tensor_content = b"".join([*(_varint(len(each)) for each in strings), *strings])
        else:
            into.string_val.extend(strings)
        return
    number = DTYPE_OF_NUMPY.get(values.dtype)
    if number is None:
        into.CopyFrom(tf.make_tensor_proto(values))
        return
    into.dtype = number
    if packed:
        into.tensor_content = flat.tobytes()
        return
    getattr(into, _FIELDS[number]).extend(_PLAIN.get(number, _list)(flat))


def _varint(length: int) -> bytes:
    """A length as protobuf writes it: seven bits a byte, the lowest first."""
    parts = []
    while length >= 0x80:
        parts.append(length & 0x7F | 0x80)
        length >>= 7
    return bytes([*parts, length])


def _as_bytes(value: Any) -> bytes:
    return value if isinstance(value, bytes) else str(value).encode()


def _list(flat: np.ndarray) -> list[Any]:
    return flat.tolist()


def _bits(flat: np.ndarray) -> list[int]:
    return flat.view(np.uint16).tolist()


def _parts(flat: np.ndarray) -> list[float]:
    return np.ascontiguousarray(flat).view(flat.real.dtype).tolist()


_PLAIN: dict[int, Callable[[np.ndarray], list[Any]]] = {
    **dict.fromkeys(_BITS, _bits),
    **dict.fromkeys(_COMPLEX, _parts),
}
