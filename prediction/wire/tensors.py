"""Columns of a request as tensors of the wire, and answers back: without numpy, which a gateway need not load."""

import itertools
import math
import struct
from collections.abc import Mapping, Sequence
from typing import Any

from prediction import outputs as model_outputs
from prediction import signature
from prediction.answer import Answer
from prediction.wire import tf_serving_pb2 as wire
from schemas.model_card import ModelCard
from schemas.request import Columns

# By type: the field of loose values, the code of packed ones (struct), and what stands for no value.
_VALUES = {
    wire.DT_FLOAT: ("float_val", "f", 0.0),
    wire.DT_DOUBLE: ("double_val", "d", 0.0),
    wire.DT_INT32: ("int_val", "i", 0),
    wire.DT_INT64: ("int64_val", "q", 0),
    wire.DT_STRING: ("string_val", "", b""),
    wire.DT_BOOL: ("bool_val", "?", False),
}


def predict_request(card: ModelCard, rows: Sequence[Columns], version: int | None = None) -> wire.PredictRequest:
    """A Predict call of N rows.

    Args:
      rows: as ``schemas.request.parse`` gives them.
      version: the integer version that answers; the server's newest without it.
    """
    request = wire.PredictRequest()
    request.model_spec.name = card.name
    request.model_spec.signature_name = signature.NAME
    if version is not None:  # left unset, the server takes its newest: 0 would be a version of that number
        request.model_spec.version.value = version
    for name, spec in card.inputs.items():
        tensor = request.inputs[spec["tensor"]]
        tensor.tensor_shape.dim.add(size=len(rows))
        if spec["type"] == "number":
            tensor.dtype = wire.DT_FLOAT
            tensor.float_val.extend(row[name] for row in rows)
        else:
            tensor.dtype = wire.DT_STRING
            tensor.string_val.extend(_bytes(row[name]) for row in rows)
    return request


def _bytes(value: Any) -> bytes:
    return value if isinstance(value, bytes) else str(value).encode()


def values(tensor: wire.Tensor) -> list[Any]:
    """A tensor's elements in row-major order, packed in ``tensor_content`` or not; with fewer values than elements, the last
    one stands for the rest (and zero where there is none), as in TensorFlow.

    Raises:
      ValueError: a tensor of another type, or whose contents do not fit its shape.
    """
    if tensor.dtype not in _VALUES:
        raise ValueError(f"cannot read a tensor of type {tensor.dtype}")
    field, code, nothing = _VALUES[tensor.dtype]
    size = math.prod(dim.size for dim in tensor.tensor_shape.dim)
    if tensor.tensor_content and size:
        return _packed_strings(tensor, size) if tensor.dtype == wire.DT_STRING else _packed_numbers(tensor, size, code)
    found = list(getattr(tensor, field))
    if not tensor.tensor_shape.dim:  # a scalar; or a server that leaves out the shape, whose values are then all there
        return found or [nothing]
    found = found[:size]
    return found + (found[-1:] or [nothing]) * (size - len(found))


def _packed_numbers(tensor: wire.Tensor, size: int, code: str) -> list[Any]:
    """Little-endian, one after the other."""
    if len(tensor.tensor_content) != struct.calcsize(f"<{code}") * size:
        raise ValueError(f"a tensor of {size} elements came with {len(tensor.tensor_content)} bytes")
    return list(struct.unpack(f"<{size}{code}", tensor.tensor_content))


def _packed_strings(tensor: wire.Tensor, size: int) -> list[bytes]:
    """First the length of every string as a varint, then all strings."""
    content, position, lengths = tensor.tensor_content, 0, []
    for _ in range(size):
        length, shift = 0, 0
        while True:
            if position == len(content):
                raise ValueError(f"a tensor of {size} strings ends within their lengths")
            byte = content[
                position
            ]  # seven bits of the length, the lowest first; the eighth is set but in the last byte
            position, length, shift = position + 1, length | (byte & 0x7F) << shift, shift + 7
            if byte < 0x80:
                break
        lengths.append(length)
    if position + sum(lengths) != len(content):
        raise ValueError(f"a tensor of {size} strings came with {len(content) - position} bytes for {sum(lengths)}")
    ends = itertools.accumulate(lengths, initial=position)
    return [content[begin:end] for begin, end in itertools.pairwise(ends)]


def answers(card: ModelCard, outputs: Mapping[str, wire.Tensor]) -> list[Answer]:
    """One answer for each row.

    Raises:
      ValueError: outputs that are not those of the card.
      NotFiniteError: the first number that is infinite or NaN.
    """
    return model_outputs.answers(
        card, {name: values(outputs[name]) for name in model_outputs.outputs_of(card) if name in outputs}
    )
