"""Columns of a request as tensors of the wire, and answers back: without numpy, which a gateway need not load."""

from collections.abc import Mapping, Sequence
from typing import Any

from schemas.model_card import ModelCard
from schemas.request import Columns
from serving.wire import tf_serving_pb2 as wire

SIGNATURE = "predict"  # one tensor per raw column, see components/export.py
_VALUES = {
    wire.DT_FLOAT: "float_val",
    wire.DT_DOUBLE: "double_val",
    wire.DT_INT32: "int_val",
    wire.DT_INT64: "int64_val",
    wire.DT_STRING: "string_val",
    wire.DT_BOOL: "bool_val",
}


def predict_request(card: ModelCard, rows: Sequence[Columns], version: int | None = None) -> wire.PredictRequest:
    """A Predict call of N rows.

    Args:
      rows: as ``schemas.request.parse`` gives them.
      version: the integer version to ask; the server's newest without it.
    """
    request = wire.PredictRequest()
    request.model_spec.name = card.name
    request.model_spec.signature_name = SIGNATURE
    if version is not None:
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
    """A tensor's elements in row-major order. Raises ValueError for a packed one or another type."""
    if tensor.tensor_content or tensor.dtype not in _VALUES:
        raise ValueError(f"cannot read a tensor of type {tensor.dtype} with {len(tensor.tensor_content)} packed bytes")
    return list(getattr(tensor, _VALUES[tensor.dtype]))


def answers(card: ModelCard, outputs: Mapping[str, wire.Tensor]) -> list[dict[str, Any]]:
    """For each row ``{"class", "confidence", "probabilities": {class: p}}``, or ``{"value"}`` for a regression."""
    if card.classes is None:
        return [{"value": value} for value in values(outputs["value"])]
    width = len(card.classes)
    probabilities = values(outputs["probabilities"])
    return [
        {
            "class": name.decode(),
            "confidence": confidence,
            "probabilities": dict(zip(card.classes, probabilities[row * width : (row + 1) * width], strict=True)),
        }
        for row, (name, confidence) in enumerate(
            zip(values(outputs["class"]), values(outputs["confidence"]), strict=True)
        )
    ]
