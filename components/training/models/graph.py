"""A drawn Keras graph as the model of a dataset."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

import keras

from components.features.encoded import Features
from components.training.graphs import writing
from components.training.graphs.weightless import weightless
from components.training.models.layers import BagOfIds
from schemas import encoding
from schemas.description import Description
from schemas.encoding import Encoded
from schemas.errors import InputError, SpecError, shown
from schemas.models import Graph


def build(spec: Graph, features: Features) -> keras.Model:
    """A functional model of the graph's layers, which takes all tensors of the dataset, also those that it does not read.

    The output is float32[N, units], whatever precision the layers compute in.

    Raises:
      SpecError: an input is none of the dataset's or has another shape or dtype; ids are looked up in a layer that has fewer;
        the output is not one tensor as the task asks for; or the layers do not fit together.
    """
    config: dict[str, Any] = json.loads(spec.graph)["config"]
    drawn = _matched(config, features)
    _ask_for_float32(config)
    try:
        made = writing.model(json.loads(spec.graph) | {"config": config})
    except InputError as error:
        raise SpecError(f"{features.name}: {error}") from error
    inputs = features.inputs() | {name: made.get_layer(layer).output for name, layer in drawn.items()}
    _check_ids(made, {layer: features[name] for name, layer in drawn.items()})
    answer = _answer(made, features)
    return keras.Model(inputs, answer, name=features.name)


def check(spec: Graph, description: Description) -> tuple[str, ...]:
    """Whether the graph fits the dataset, before anything is run and without memory for weights.

    How many ids a learned vocabulary has is not known then: that is checked when the model is built.

    Returns:
      The tensors that it does not read.

    Raises what ``build`` raises.
    """
    features = Features(description.name, description.task, encoding.encoded(description, lambda _: 0))
    with weightless():
        build(spec, features)
    read = _matched(json.loads(spec.graph)["config"], features)
    return tuple(name for name in features if name not in read)


def _matched(config: Mapping[str, Any], features: Features) -> dict[str, str]:
    """The graph's InputLayer of each tensor that it reads, by name."""
    names = {name: encoding.input_name(number, name) for number, name in enumerate(features)}
    found: dict[str, str] = {}
    for layer in config["layers"]:
        if layer["class_name"] != "InputLayer":
            continue
        own = layer["name"]
        matching = encoding.inputs_named(own, names.values())
        tensors = [name for name, input_name in names.items() if input_name in matching]
        if len(tensors) != 1:
            known = ", ".join(names.values())
            raise SpecError(f"graph: input {shown(own)} is none of {features.name}; its inputs are {known}")
        if tensors[0] in found:
            raise SpecError(
                f"graph: {found[tensors[0]]} and {own} are both {tensors[0]!r} of {features.name}; keep one"
            )
        found[tensors[0]] = own
        _check_input(layer, features[tensors[0]], tensors[0], features.name)
    if not found:
        raise SpecError(f"graph: it reads no input of {features.name}; add {' or '.join(names.values())}")
    return found


def _check_input(layer: Mapping[str, Any], one: Encoded, name: str, dataset: str) -> None:
    config = layer["config"]
    # A canonical graph has the batch in a shape where it is fixed alone, and a dtype where it is another than by default.
    shape = tuple(config.get("batch_shape") or (None, *config["shape"]))
    dtype = config.get("dtype", "float32")
    expected = (None, *one.shape)
    fits = len(shape) == len(expected) and all(
        size in (None, other) for size, other in zip(shape, expected, strict=True)
    )
    if not fits or dtype != one.dtype:
        raise SpecError(
            f"graph: input {layer['name']!r} is {dtype}{_shown(shape)}; {name!r} of {dataset} is {one.dtype}{_shown(expected)}"
        )


def _shown(shape: tuple[int | None, ...]) -> str:
    return f"[{', '.join('N' if size is None else str(size) for size in shape)}]"


def _ask_for_float32(config: Mapping[str, Any]) -> None:
    """Has the last layer compute in float32 where nobody asked for another dtype, as the task's own output layer does."""
    outputs = config["output_layers"]
    if len(outputs) == 3 and isinstance(outputs[0], str):
        (last,) = (layer for layer in config["layers"] if layer["name"] == outputs[0])
        if last["module"] == "keras.layers":
            last["config"].setdefault("dtype", "float32")


def _check_ids(made: keras.Model, inputs: Mapping[str, Encoded]) -> None:
    """An id beyond a table of embeddings would end a training, or be read as zeros."""
    for layer in made.layers:
        if isinstance(layer, keras.layers.Embedding | BagOfIds):
            size, argument = (layer.input_dim, "input_dim") if hasattr(layer, "input_dim") else (layer.ids, "ids")
            for name in _sources(layer):
                if name in inputs and inputs[name].ids > size:
                    raise SpecError(
                        f"graph: {layer.name!r} has {argument}={size}, and {name!r} has ids up to {inputs[name].ids - 1}; "
                        f"set {argument} to {inputs[name].ids}"
                    )


def _sources(layer: keras.layers.Layer) -> Iterator[str]:
    for node in layer._inbound_nodes:
        yield from (tensor._keras_history.operation.name for tensor in node.input_tensors)


def _answer(made: keras.Model, features: Features) -> keras.KerasTensor:
    """The output, in float32."""
    wanted = features.task.output
    if len(made.outputs) != 1:
        names = ", ".join(tensor._keras_history.operation.name for tensor in made.outputs)
        raise SpecError(f"graph: it has {len(made.outputs)} outputs ({names}); {features.name} asks for one")
    answer = made.outputs[0]
    last, activation = answer._keras_history.operation, wanted.get("activation", "linear")
    expected = f"Dense({wanted['units']}, activation={activation!r}) is expected for {type(features.task).__name__}"
    if tuple(answer.shape) != (None, wanted["units"]):
        raise SpecError(f"graph: its output {last.name!r} has shape {_shown(answer.shape)}; {expected}")
    found = _activation(answer)
    if found != activation:
        kind = type(last).__name__
        raise SpecError(f"graph: its output {last.name!r} is {kind} with activation {found or 'unknown'}; {expected}")
    if answer.dtype != "float32":  # the layer has a dtype of its own
        answer = keras.layers.Activation("linear", dtype="float32")(answer)
    return answer


def _activation(tensor: keras.KerasTensor) -> str | None:
    """What makes a tensor's numbers probabilities: ``softmax`` or ``sigmoid``; ``linear`` for none; None where unknown."""
    made, _, index = tensor._keras_history
    if isinstance(made, keras.Model):
        return _activation(made.outputs[index])
    if isinstance(made, keras.layers.Average):  # of an ensemble: the mean of probabilities is one
        found = {_activation(one) for node in made._inbound_nodes for one in node.input_tensors}
        return found.pop() if len(found) == 1 else None
    if isinstance(made, keras.layers.Softmax):
        return "softmax" if made.axis in (-1, len(tensor.shape) - 1) else None
    own = getattr(made, "activation", None)
    if own is not None:
        return getattr(own, "__name__", None)
    return {"Softmax": "softmax", "Sigmoid": "sigmoid"}.get(type(made).__name__, "linear")
