"""One call of a layer on symbolic tensors: what comes out, how many weights it has, or what Keras says against it.

The layer is made and called as a model would, but its variables are never initialized, so that a layer of any size is answered
at once. The same call is answered from memory: of a drawing that is edited, most stays as it was.
"""

import functools
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import keras
from keras.src.ops.operation import Operation

from components.training.graphs import allowed, calls, making
from components.training.graphs.findings import Tensor
from components.training.graphs.weightless import weightless

_KEPT = 4096
_LARGEST = 10**15  # of a size or a count; JSON's readers keep no whole number that is much larger
_NAME = "layer"  # of each layer that is made here; Keras' messages are reworded without it


@dataclass(frozen=True)
class Call:
    """The tensors of a call by argument, in order, and its other arguments."""

    tensors: Mapping[str, Sequence[Tensor]]
    others: Mapping[str, Any]


@dataclass(frozen=True)
class Called:
    """What a call gives.

    Attributes:
      outputs: empty where there is an error.
      parameters, trainable: numbers in the layer's weights, 10**15 where there are more.
      weight_bytes: memory of the weights.
      error: what Keras says, in one line.
      field: the constructor argument that it is about.
      in_constructor: whether the layer could not even be made.
    """

    outputs: tuple[Tensor, ...] = ()
    parameters: int = 0
    trainable: int = 0
    weight_bytes: int = 0
    error: str | None = None
    field: str | None = None
    in_constructor: bool = False


def call(layer: str, config: Mapping[str, Any], made: Sequence[Call]) -> Called:
    """The last of some calls of one layer; of an InputLayer without any, its tensor. Raises nothing."""
    try:
        key = json.dumps([layer, config, [_written(one) for one in made]], sort_keys=True)
    except (TypeError, ValueError, RecursionError) as error:
        return Called(error=f"{layer}: {making.one_line(error)}", in_constructor=True)
    return _called(key)


def _written(made: Call) -> list[Any]:
    tensors = {name: [[one.shape, one.dtype] for one in found] for name, found in made.tensors.items()}
    return [tensors, made.others]


@functools.lru_cache(maxsize=_KEPT)
def _called(key: str) -> Called:
    layer, config, written = json.loads(key)
    with weightless():
        return _on_symbols(layer, config, written)


def _on_symbols(layer: str, config: dict[str, Any], written: list[Any]) -> Called:
    try:
        made = making.make(layer, _NAME, config)
    except (making.LayerError, allowed.NotAllowedError) as error:
        return Called(error=str(error), field=getattr(error, "field", None), in_constructor=True)
    try:
        found: Any = made.output if isinstance(made, keras.layers.InputLayer) else None
        for tensors, others in written:
            found = _apply(made, tensors, others)
    except Exception as error:  # any layer may raise anything for what it is called with
        message = making.one_line(error)
        return Called(error=message, field=making.field_in(message, {}, config))
    outputs = [_tensor(one) for one in keras.tree.flatten(found) if isinstance(one, keras.KerasTensor)]
    if any(size is not None and size > _LARGEST for one in outputs for size in one.shape):
        return Called(error=f"{layer} gives a tensor that is larger than any memory")
    weights = list(getattr(made, "weights", []))
    trainable = list(getattr(made, "trainable_weights", []))
    return Called(tuple(outputs), _size(weights), _size(trainable), min(_LARGEST, sum(map(_bytes, weights))))


def _apply(made: Operation, tensors: dict[str, list[Any]], others: dict[str, Any]) -> Any:
    symbols = {
        name: [keras.KerasTensor(tuple(shape), dtype=dtype) for shape, dtype in found]
        for name, found in tensors.items()
    }
    allowed.check(others)
    values = {name: keras.saving.deserialize_keras_object(value) for name, value in others.items()}
    written = calls.write(values, symbols, calls.of_layer(type(made)))
    return made(*written["args"], **written["kwargs"])


def _tensor(found: keras.KerasTensor) -> Tensor:
    return Tensor(tuple(found.shape), keras.backend.standardize_dtype(found.dtype))


def _size(weights: Sequence[Any]) -> int:
    return min(_LARGEST, sum(math.prod(one.shape) for one in weights))


def _bytes(weight: Any) -> int:
    return math.prod(weight.shape) * item_bytes(weight.dtype)


def item_bytes(dtype: str) -> int:
    """Of one number; texts and unknown dtypes count as 8."""
    bits = "".join(filter(str.isdigit, dtype))
    return 1 if dtype == "bool" else max(1, int(bits) // 8) if bits else 8
