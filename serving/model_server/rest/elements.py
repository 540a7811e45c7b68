"""One tensor from one JSON value: its shape, and every element converted to the input's dtype."""

import base64
import binascii
import re
from collections.abc import Callable, Iterator
from itertools import chain
from typing import Any

import numpy as np
import tensorflow as tf
from grpc import StatusCode
from numpy.typing import NDArray
from tensorflow.core.framework import types_pb2

from serving.model_server.errors import ServingError, invalid
from serving.model_server.rest.json_text import raw
from serving.model_server.rest.json_value import is_base64, is_object, kind, shown, whole

_INT32 = (-(2**31), 2**31 - 1)
# json_tensor.cc reads narrow integers as int32 and lets them wrap: uint8 300 is 44.
_INTEGERS = {
    types_pb2.DT_INT32: _INT32,
    types_pb2.DT_INT16: _INT32,
    types_pb2.DT_INT8: _INT32,
    types_pb2.DT_UINT8: _INT32,
    types_pb2.DT_INT64: (-(2**63), 2**63 - 1),
    types_pb2.DT_UINT32: (0, 2**32 - 1),
    types_pb2.DT_UINT64: (0, 2**64 - 1),
}
_FLOATS = (types_pb2.DT_FLOAT, types_pb2.DT_DOUBLE)
_BASE64 = re.compile(r"([A-Za-z0-9+/]*)([=.]*)")
_SPACE = str.maketrans("", "", " \t\n\v\f\r")
# NumPy has no array of more dimensions; TensorFlow's own limit is 254.
_DIMENSIONS = 64

Leaves = tuple[list[Any], tuple[int, ...]]


def dtype_name(dtype: int) -> str:
    """TensorFlow's name of a DataType, as errors give it."""
    return types_pb2.DataType.Name(dtype).removeprefix("DT_").lower()


def regular(value: Any) -> Leaves | None:
    """The elements of equally nested lists in order, and their shape; None where a list is of another size or depth."""
    shape: list[int] = []
    level = [value]
    while list in (types := set(map(type, level))):
        sizes = set(map(len, level)) if len(types) == 1 else set()
        if len(sizes) != 1:
            return None
        shape.append(sizes.pop())
        level = list(chain.from_iterable(level))
    return level, tuple(shape)


def quick(leaves: list[Any], dtype: int) -> NDArray[Any] | None:
    """The elements as a flat array where all of them convert, else None: then ``element`` finds the one that does not."""
    types = set(map(type, leaves))
    if dtype in _FLOATS and types <= {int, float}:
        return flat(leaves, dtype)
    if dtype in _INTEGERS and types <= {int}:
        low, high = _INTEGERS[dtype]
        return flat(leaves, dtype) if not leaves or (low <= min(leaves) and max(leaves) <= high) else None
    if dtype == types_pb2.DT_BOOL and types <= {bool}:
        return flat(leaves, dtype)
    if dtype == types_pb2.DT_STRING and types <= {str}:
        return flat([raw(leaf) for leaf in leaves], dtype)
    return flat(leaves, dtype) if not leaves else None


def flat(values: list[Any], dtype: int) -> NDArray[Any]:
    """Converted elements as a one-dimensional array; strings as an object array of bytes."""
    if dtype == types_pb2.DT_STRING:
        array = np.empty(len(values), object)
        array[:] = values
        return array
    final = tf.as_dtype(dtype).as_numpy_dtype
    # A double beyond float32 becomes an infinity in TensorFlow Serving, without an error.
    with np.errstate(over="ignore"):
        return np.array(values, _carrier(dtype, final)).astype(final, copy=False)


def _carrier(dtype: int, final: Any) -> Any:
    if dtype in _FLOATS:
        return np.float64
    return np.int64 if _INTEGERS.get(dtype) == _INT32 else final


def shaped(array: NDArray[Any], shape: tuple[int, ...], name: str) -> NDArray[Any]:
    """A flat array in its shape. Raises ServingError, with the runtime's text, for more than 64 dimensions."""
    if len(shape) > _DIMENSIONS:
        raise invalid(f"tensor parsing error: {name}")
    return array.reshape(shape)


def tensor(value: Any, dtype: int, name: str) -> NDArray[Any]:
    """The tensor that a JSON value is. Raises ServingError for the first element or list that does not fit."""
    found = regular(value)
    array = quick(found[0], dtype) if found else None
    if found and array is not None:
        return shaped(array, found[1], name)
    values: list[Any] = []
    shape = fill(value, dtype, values)
    return shaped(flat(values, dtype), shape, name)


def fill(value: Any, dtype: int, values: list[Any]) -> tuple[int, ...]:
    """Append every converted element of a value and return its shape, which the first list of each level decides."""
    shape = _shape(value)
    convert = element(dtype)
    # A stack of its own: recursion would end at a thousand levels, and a body may have half a million.
    levels: list[Iterator[Any]] = [iter((value,))]
    while levels:
        item = next(levels[-1], levels)
        level = len(levels) - 1
        if item is levels:  # nothing is left here
            levels.pop()
        elif type(item) is list:
            _check_list(item, level, shape)
            levels.append(iter(item))
        elif level != len(shape):
            raise invalid(
                f"JSON Value: {shown(item)} found at incorrect level: {level + 1} in the JSON DOM. "
                f"Expected at level: {len(shape)}"
            )
        else:
            values.append(convert(item))
    return shape


def _shape(value: Any) -> tuple[int, ...]:
    shape = []
    while type(value) is list:
        shape.append(len(value))
        value = value[0] if value else None
    return tuple(shape)


def _check_list(value: list[Any], level: int, shape: tuple[int, ...]) -> None:
    if level >= len(shape):
        raise invalid(f"Encountered list at unexpected level: {level} expected < {len(shape)}")
    if len(value) != shape[level]:
        raise invalid(
            f"Encountered list at unexpected size: {len(value)} at level: {level} expected size: {shape[level]}"
        )


def element(dtype: int) -> Callable[[Any], Any]:
    """The function that converts one JSON value, not a list, to an element. It raises ServingError."""
    accepted = _accepted(dtype)

    def convert(value: Any) -> Any:
        if is_object(value):
            if dtype == types_pb2.DT_STRING:
                return from_base64(value)
        # After objects: for these TensorFlow Serving complains of the type whatever the dtype.
        elif accepted is None:
            raise ServingError(
                StatusCode.UNIMPLEMENTED, f"Conversion of JSON Value: {shown(value)} to type: {dtype_name(dtype)}"
            )
        elif accepted(value):
            return raw(value) if dtype == types_pb2.DT_STRING else value
        raise invalid(f"JSON Value: {shown(value)} Type: {kind(value)} is not of expected type: {dtype_name(dtype)}")

    return convert


def _accepted(dtype: int) -> Callable[[Any], bool] | None:
    """The predicate for values that convert to a dtype; None for a dtype that JSON has no values for."""
    if dtype in _FLOATS:
        return lambda value: type(value) in (int, float)
    if dtype in _INTEGERS:
        return lambda value: whole(value, *_INTEGERS[dtype])
    if dtype == types_pb2.DT_BOOL:
        return lambda value: type(value) is bool
    return (lambda value: type(value) is str) if dtype == types_pb2.DT_STRING else None


def from_base64(value: Any) -> bytes:
    """The bytes of a ``{"b64": ...}`` object. White space is skipped, padding may be missing. Raises ServingError."""
    if not is_base64(value):
        raise invalid(f"JSON Value: {shown(value)} not formatted correctly for base64 data")
    text = value["b64"]
    try:
        # Well-formed base64, which is nearly all of it, at C speed.
        return binascii.a2b_base64(text, strict_mode=True)
    except ValueError:  # also raised for text that is not ASCII
        pass
    found = _BASE64.fullmatch(text.translate(_SPACE))
    digits, padding = found.groups() if found else ("A", "")
    # A rest of one digit (three missing) holds only six bits, which are no byte.
    missing = -len(digits) % 4
    if missing == 3 or (padding and len(padding) != missing):
        raise invalid("Unable to base64 decode")
    return base64.b64decode(digits + "=" * missing)
