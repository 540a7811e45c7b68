"""The palette against the installed Keras."""

import inspect

import keras
import pytest

from components.training.graphs import allowed, making
from components.training.graphs.docstrings import parsed
from components.training.graphs.fields import OMITTED
from components.training.graphs.palette import GROUPS, palette
from studio.messages.palette import Palette

_PALETTE = Palette.model_validate(palette())
_LAYERS = {layer.name: layer for layer in _PALETTE.layers}

_WITH_OTHERS = (
    "causal",
    "channels_first",
    "tf_idf",
    "multi_hot",
    "count",
    "one_hot",
)  # choices that want another argument, too


def _argument(layer: str, name: str):
    return next(one for one in _LAYERS[layer].arguments if one.name == name)


def test_every_public_layer_of_keras_is_offered_or_excluded_with_a_reason():
    public = {name for name, found in vars(keras.layers).items() if inspect.isclass(found)}
    offered = {name for layer in _PALETTE.layers for name in (layer.name, *layer.aliases)}
    own = {found.__name__ for found in allowed.OWN}
    assert public - offered - set(_PALETTE.excluded) == set()
    assert offered - public == own
    assert all(_PALETTE.excluded.values())
    assert {"Lambda", "TFSMLayer", "TorchModuleWrapper", "JaxLayer", "FlaxLayer"} <= set(_PALETTE.excluded)
    others = {name for name in dir(keras.layers) if not name.startswith("_")} - public
    assert all(
        name in ("Input", "deserialize", "serialize") or name.islower() for name in others
    )  # functions: add, dot


def test_aliases_are_one_entry():
    assert _LAYERS["Conv2D"].aliases == ["Convolution2D"]
    assert "Convolution2D" not in _LAYERS
    assert len({id(allowed.layer_class(name)) for name in _LAYERS}) == len(_LAYERS)


def test_every_constructor_argument_is_a_field_or_left_out_with_a_reason():
    for name, layer in _LAYERS.items():
        fields = {argument.name for argument in layer.arguments}
        assert fields == set(making.argument_names(name)) - set(OMITTED), name


def test_groups_are_those_of_keras_folders():
    groups = {"Dense": "core", "Conv2D": "convolution", "LSTM": "recurrent", "RandomFlip": "preprocessing"}
    groups |= {"MaxPooling2D": "pooling", "Add": "merging", "ReLU": "activation", "BagOfIds": "other"}
    assert {name: _LAYERS[name].group for name in groups} == groups
    assert {layer.group for layer in _PALETTE.layers} == set(_PALETTE.groups) == set(GROUPS)


def test_almost_every_argument_has_help_and_a_kind_of_its_own():
    arguments = [argument for layer in _PALETTE.layers for argument in layer.arguments]
    assert sum(not argument.help for argument in arguments) < 30
    assert sum(argument.kind == "json" for argument in arguments) < 40
    assert all(layer.summary and layer.help for layer in _PALETTE.layers)


@pytest.mark.parametrize(
    ("layer", "name", "expected"),
    [
        ("Dense", "units", {"kind": "int", "required": True, "low": 1, "common": True}),
        ("Dense", "activation", {"kind": "object", "objects": "activations", "optional": True, "common": True}),
        ("Conv2D", "activation", {"common": True}),
        ("Conv2D", "dilation_rate", {"common": False}),
        ("Dense", "kernel_initializer", {"kind": "object", "objects": "initializers", "default": "glorot_uniform"}),
        ("Dense", "kernel_regularizer", {"kind": "object", "objects": "regularizers", "common": False}),
        ("Dense", "bias_constraint", {"kind": "object", "objects": "constraints"}),
        ("Conv2D", "kernel_size", {"kind": "ints", "length": 2, "required": True}),
        ("Conv2DTranspose", "kernel_size", {"kind": "ints", "length": 2}),
        ("Conv2D", "padding", {"kind": "choice", "choices": ["valid", "same"], "default": "valid"}),
        ("Conv1D", "padding", {"kind": "choice", "choices": ["valid", "same", "causal"]}),
        ("Dropout", "rate", {"kind": "float", "low": 0, "high": 1, "required": True}),
        ("LSTM", "return_sequences", {"kind": "bool", "default": False, "common": True}),
        ("RandomZoom", "fill_mode", {"kind": "choice", "choices": ["reflect", "wrap", "constant", "nearest"]}),
        (
            "Bidirectional",
            "merge_mode",
            {"kind": "choice", "choices": ["sum", "mul", "concat", "ave"], "optional": True},
        ),
        ("Bidirectional", "layer", {"kind": "layer", "required": True}),
        ("StackedRNNCells", "cells", {"kind": "layers"}),
        ("Reshape", "target_shape", {"kind": "shape", "required": True}),
        ("TextVectorization", "split", {"kind": "choice", "choices": ["whitespace", "character"], "optional": True}),
        ("MultiHeadAttention", "num_heads", {"kind": "int", "required": True}),
        ("Rescaling", "trainable", {"kind": "bool", "default": True, "common": False}),
        ("BagOfIds", "width", {"kind": "int", "required": True}),
    ],
)
def test_kinds_follow_from_name_default_and_documentation(layer, name, expected):
    found = _argument(layer, name).model_dump()
    assert {key: found[key] for key in expected} == expected


@pytest.mark.parametrize(
    ("layer", "tensors"),
    [
        ("Dense", ["inputs"]),
        ("InputLayer", []),
        ("Concatenate", ["inputs*"]),
        ("Dot", ["inputs*"]),
        ("Attention", ["inputs*", "mask*?"]),
        ("HashedCrossing", ["inputs*"]),
        ("LSTM", ["sequences", "initial_state*?", "mask?"]),
        (
            "MultiHeadAttention",
            ["query", "value", "key?", "query_mask?", "value_mask?", "key_mask?", "attention_mask?"],
        ),
    ],
)
def test_tensors_of_the_call(layer, tensors):
    found = _LAYERS[layer].inputs
    assert [one.name + "*" * one.many + "?" * one.optional for one in found] == tensors


def test_what_the_choices_say_is_taken_by_the_layer():
    for name, layer in _LAYERS.items():
        needed = {"units": 3, "filters": 3, "kernel_size": 2, "pool_size": 2, "height": 3, "width": 3}
        needed |= {"num_bins": 3, "factor": 0.1, "height_factor": 0.1, "width_factor": 0.1, "num_tokens": 3}
        required = {one.name for one in layer.arguments if one.required}
        if not required <= set(needed):
            continue
        for one in layer.arguments:
            for choice in one.choices if one.kind == "choice" else ():
                config = {key: needed[key] for key in needed if key in required} | {one.name: choice}
                try:
                    making.make(name, "layer", config)
                except making.LayerError as error:
                    assert error.field != one.name or choice in _WITH_OTHERS, error


def test_a_docstring_is_taken_apart():
    text = """Adds (e.g. numbers). More of it.

    Note: `x`.

    Args:
        a: An integer,
            or `None`.
        b, **c: unknown form
        d: The last.

    Example:

```python
Args:
```

    Input shape:
        Any.
    """
    found = parsed(text)
    assert found.summary == "Adds (e.g. numbers)."
    assert found.arguments == {"a": "An integer, or `None`.", "d": "The last."}
    assert "**Input shape**\n\nAny." in found.help
    assert "python" not in found.help
