"""The calls of layers in Keras' JSON: tensors by the layer that made them, and other arguments by their names."""

import inspect
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from keras.src.layers.merging.base_merge import Merge
from keras.src.ops.operation import Operation

from schemas.errors import InputError, shown

_TENSOR = "__keras_tensor__"
INPUTS = "inputs"


class Tensor(NamedTuple):
    """Which tensor: of which layer, which of its calls, which of that call's outputs."""

    layer: str
    call: int
    output: int


@dataclass(frozen=True)
class Parameters:
    """What a layer's call takes.

    Attributes:
      names: of the arguments, in order.
      defaults: of those that have one.
      rest: the name of an argument ``*rest``, "" without one.
      keys: of a nested model that is called with a mapping, its keys in the order of the inputs.
      listed: whether the first argument is a list also where it has one tensor.
    """

    names: tuple[str, ...]
    defaults: Mapping[str, Any]
    rest: str = ""
    keys: tuple[str, ...] = ()
    listed: bool = False


def of_layer(found: type[Operation]) -> Parameters:
    """Those of a class."""
    parameters = list(inspect.signature(found.call).parameters.values())[1:]
    plain = [one for one in parameters if one.kind not in (one.VAR_POSITIONAL, one.VAR_KEYWORD)]
    rest = next((one.name for one in parameters if one.kind is one.VAR_POSITIONAL), "")
    defaults = {one.name: one.default for one in plain if one.default is not one.empty}
    return Parameters(tuple(one.name for one in plain), defaults, rest, listed=issubclass(found, Merge))


def of_model(keys: tuple[str, ...] = ()) -> Parameters:
    """Those of a nested model: its inputs in one argument, in the order of its InputLayers."""
    return Parameters((INPUTS, "training", "mask"), {"training": None, "mask": None}, keys=keys)


def keys(structure: Any) -> tuple[str, ...]:
    """The keys of a model's ``input_layers``, () where they are no mapping."""
    return tuple(structure) if isinstance(structure, dict) else ()


def references(structure: Any) -> Iterator[Tensor]:
    """The tensors in ``input_layers`` or ``output_layers``: ``[layer, call, index]``, a list or a mapping of these."""
    if isinstance(structure, dict):
        for key in structure:
            yield from references(structure[key])
    elif isinstance(structure, list) and len(structure) == 3 and isinstance(structure[0], str):
        yield tensor(structure)
    elif isinstance(structure, list):
        for item in structure:
            yield from references(item)
    else:
        raise InputError(f"inputs or outputs {shown(structure)}: lists of [layer, call, index] are expected")


def tensor(history: Any) -> Tensor:
    """``[layer, call, index]`` of Keras' JSON. Raises InputError for anything else."""
    match history:
        case [str() as layer, int() as call, int() as output] if call >= 0 and output >= 0:
            return Tensor(layer, call, output)
    raise InputError(f"a tensor {shown(history)}: [layer, call, index] is expected")


def first_of_output(is_model: bool) -> int:
    """How Keras numbers the first call of a layer where ``output_layers`` names it; within calls it is always 0."""
    return 1 if is_model else 0


def reference(tensor: Tensor, shape: Sequence[int | None] = (), dtype: str = "float32") -> dict[str, Any]:
    """A tensor within a call, as Keras' JSON has it."""
    config = {"shape": list(shape), "dtype": dtype, "keras_history": list(tensor)}
    return {"class_name": _TENSOR, "config": config}


def read(
    call: Mapping[str, Any], parameters: Parameters, layer: str
) -> tuple[dict[str, Any], list[tuple[str, int, Tensor]]]:
    """The arguments of a call that are not tensors and not as by default, and the tensors: argument, place, which.

    Raises InputError for tensors that stand among other values in a list.
    """
    others: dict[str, Any] = {}
    tensors: list[tuple[str, int, Tensor]] = []
    for name, value in _named(call, parameters):
        listed = _listed(value, parameters.keys)
        if listed:
            tensors += [(name, order, tensor(one["config"]["keras_history"])) for order, one in enumerate(listed)]
        elif _has_tensors(value):
            raise InputError(f"layer {shown(layer)}: {name} has tensors among other values, which cannot be drawn")
        elif name not in parameters.defaults or parameters.defaults[name] != value:
            others[name] = value
    return others, tensors


def write(
    others: Mapping[str, Any], tensors: Mapping[str, Sequence[dict[str, Any]]], parameters: Parameters
) -> dict[str, Any]:
    """The inverse of ``read``: ``args`` and ``kwargs`` of a call.

    Args:
      tensors: references by argument, in order.
    """
    values = dict(others)
    for name, found in tensors.items():
        is_list = len(found) > 1 or (parameters.listed and name == parameters.names[0])
        values[name] = list(found) if is_list or name == parameters.rest else found[0]
    args: list[Any] = []
    for name in parameters.names:
        if name not in values:
            break
        args.append(values.pop(name))
    if parameters.rest:
        args += values.pop(parameters.rest, [])
    return {"args": args, "kwargs": values}


def _named(call: Mapping[str, Any], parameters: Parameters) -> Iterator[tuple[str, Any]]:
    args = list(call.get("args") or [])
    # Not strict: what is over belongs to ``*rest``, and fewer are given where others are named.
    yield from zip(parameters.names, args, strict=False)
    over = args[len(parameters.names) :]
    if over and not parameters.rest:
        raise InputError(f"a call has {len(args)} arguments; at most {len(parameters.names)} are taken")
    if over:
        yield parameters.rest, over
    yield from (call.get("kwargs") or {}).items()


def _has_tensors(value: Any) -> bool:
    if isinstance(value, list | dict):
        return _is_tensor(value) or any(map(_has_tensors, value.values() if isinstance(value, dict) else value))
    return False


def _listed(value: Any, names: Sequence[str]) -> list[Any] | None:
    """The tensors of an argument in order, None where there is something else among them."""
    if _is_tensor(value):
        return [value]
    if isinstance(value, dict) and names:
        value = [value.get(name) for name in names]
    return value if isinstance(value, list) and all(_is_tensor(item) for item in value) else None


def _is_tensor(value: Any) -> bool:
    return isinstance(value, dict) and value.get("class_name") == _TENSOR
