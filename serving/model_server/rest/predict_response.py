"""The outputs of a Predict call as JSON, laid out as TensorFlow Serving does: rows on one line each, columns on many."""

import base64
import math
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from serving.model_server.errors import invalid
from serving.model_server.rest.decimals import decimals
from serving.model_server.rest.json_text import quoted

_INDENT = "    "
_BYTES = "_bytes"
# JSON text is put together one character per byte: string outputs need not be valid UTF-8.
_ENCODING = "latin-1"
_NAMES = {"float16": "half", "float32": "float", "float64": "double", "object": "string"}

Outputs = Mapping[str, NDArray[Any]]


def row_format(outputs: Outputs) -> bytes:
    """``{"predictions": [...]}``: one slice per row, an object of slices if there are several outputs.

    Raises ServingError (INVALID_ARGUMENT) for a scalar output, unequal first dimensions, and dtypes that JSON lacks.
    """
    names = _names(outputs)
    count = _rows(names, outputs)
    rows = [_slices(outputs[name], name, 2 if len(names) == 1 else 3) for name in names]
    if not count:
        return _body('{\n    "predictions": []\n}')
    if len(names) == 1:
        return _body('{\n    "predictions": [' + ", ".join(rows[0]) + "\n    ]\n}")
    keys = [_key(name) for name in names]
    objects = (
        "\n        {\n"
        + ",\n".join(_INDENT * 3 + key + value for key, value in zip(keys, values, strict=True))
        + "\n        }"
        for values in zip(*rows, strict=True)
    )
    return _body('{\n    "predictions": [' + ",".join(objects) + "\n    ]\n}")


def _rows(names: list[str], outputs: Outputs) -> int:
    count = -1
    for name in names:
        shape = outputs[name].shape
        if not shape:
            raise invalid(f"Tensor name: {name} has no shape information ")
        if count not in (-1, shape[0]):
            raise invalid(f"Tensor name: {name} has inconsistent batch size: {shape[0]} expecting: {count}")
        count = shape[0]
    return count


def column_format(outputs: Outputs) -> bytes:
    """``{"outputs": <tensor>}``, or an object of tensors if there are several. Raises ServingError as row_format."""
    names = _names(outputs)
    if len(names) == 1:
        return _body('{\n    "outputs": ' + _column(outputs[names[0]], names[0], 1) + "\n}")
    tensors = (_INDENT * 2 + _key(name) + _column(outputs[name], name, 2) for name in names)
    return _body('{\n    "outputs": {\n' + ",\n".join(tensors) + "\n    }\n}")


def _names(outputs: Outputs) -> list[str]:
    if not outputs:
        raise invalid("Cannot convert empty tensor map to JSON")
    return sorted(outputs)


def _body(text: str) -> bytes:
    return text.encode(_ENCODING)


def _key(name: str) -> str:
    return quoted(name.encode().decode(_ENCODING)) + ": "


def _slices(array: NDArray[Any], name: str, depth: int) -> list[str]:
    """The text of every slice behind the first dimension, lists on one line, at a place ``depth`` levels deep."""
    values = _texts(array, name, depth + array.ndim - 1)
    for level in range(array.ndim - 1, 0, -1):
        size = array.shape[level]
        values = [f"[{', '.join(values[at * size : (at + 1) * size])}]" for at in range(_lists(array, level))]
    return values


def _lists(array: NDArray[Any], level: int) -> int:
    """How many lists of this level a tensor has; one of its dimensions may be 0."""
    return math.prod(array.shape[:level])


def _column(array: NDArray[Any], name: str, depth: int) -> str:
    """The text of a tensor with every element and bracket on a line of its own, ``depth`` levels deep."""
    values = _texts(array, name, depth + array.ndim)
    for level in range(array.ndim - 1, -1, -1):
        size = array.shape[level]
        inside, outside = "\n" + _INDENT * (depth + level + 1), "\n" + _INDENT * (depth + level)
        values = [
            f"[{inside}{(',' + inside).join(values[at * size : (at + 1) * size])}{outside}]" if size else "[]"
            for at in range(_lists(array, level))
        ]
    return values[0]


def _texts(array: NDArray[Any], name: str, depth: int) -> list[str]:
    """The text of every element. Raises ServingError for a dtype that JSON lacks, if there is an element of it."""
    flat = array.reshape(-1)
    code = array.dtype.kind
    if not flat.size:
        return []
    if array.dtype in (np.float32, np.float64):
        return decimals(flat)
    if code == "b":
        return ["true" if value else "false" for value in flat.tolist()]
    # json_tensor.cc has no uint16, and ml_dtypes' narrow integers are not numpy's own.
    if code in "iu" and array.dtype != np.uint16 and array.dtype.isbuiltin:
        return list(map(str, flat.tolist()))
    if code == "O":
        return _strings(flat.tolist(), name.endswith(_BYTES), depth)
    raise invalid(f"Failed to write JSON value for tensor type: {_NAMES.get(array.dtype.name, array.dtype.name)}")


def _strings(values: list[bytes], binary: bool, depth: int) -> list[str]:
    if not binary:
        return [quoted(value.decode(_ENCODING)) for value in values]
    inside, outside = "\n" + _INDENT * (depth + 1), "\n" + _INDENT * depth
    return [f'{{{inside}"b64": "{base64.b64encode(value).decode()}"{outside}}}' for value in values]
