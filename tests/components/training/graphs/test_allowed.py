"""What a graph may consist of."""

import json

import keras
import pytest

from components.training.graphs import allowed, making
from components.training.graphs.allowed import NotAllowedError

_LAMBDA = {"module": "keras.layers", "class_name": "Lambda", "config": {"function": "x"}}


@pytest.mark.parametrize(
    "name", ["Lambda", "TFSMLayer", "TorchModuleWrapper", "JaxLayer", "FlaxLayer", "Layer", "Nothing"]
)
def test_excluded_and_unknown_layers_are_not_made(name):
    with pytest.raises(NotAllowedError, match=name):
        making.make(name, "layer", {})


@pytest.mark.parametrize(
    "config",
    [
        _LAMBDA,
        {"class_name": "Lambda", "config": {}},
        {"module": "keras.src.layers.core.lambda_layer", "class_name": "Lambda", "config": {}},
        {"module": "keras.layers", "class_name": "Dense", "config": {}, "registered_name": "other>Thing"},
        {"module": "os", "class_name": "system", "config": {}},
        {
            "module": "keras.layers",
            "class_name": "Dense",
            "config": {"units": {"class_name": "__lambda__", "config": {}}},
        },
        {"module": "keras.utils", "class_name": "function", "config": "get_file", "registered_name": "get_file"},
        {"module": "keras.activations", "class_name": "function", "config": "deserialize"},
        {"module": "builtins", "class_name": "function", "config": "eval", "registered_name": "function"},
        {"class_name": "__typespec__", "spec_name": "TensorSpec", "module": "tensorflow", "config": []},
        {"module": "keras.src.saving.saving_lib", "class_name": "DiskIOStore", "config": {}},
        {"class_name": ["Dense"], "config": {}},
        {"vocabulary": "/etc/passwd"},
    ],
)
@pytest.mark.parametrize("nested", [False, True])
def test_whatever_else_a_json_names_is_refused_wherever_it_stands(config, nested):
    whole = (
        {"module": "keras.layers", "class_name": "TimeDistributed", "config": {"layer": [config]}} if nested else config
    )
    with pytest.raises(NotAllowedError):
        allowed.check(whole)


def test_a_layer_within_a_layer_is_looked_at():
    with pytest.raises(NotAllowedError, match="Lambda"):
        making.make("TimeDistributed", "layer", {"layer": _LAMBDA})


def test_deep_nesting_is_refused_and_does_not_end_the_process():
    config = {}
    for _ in range(5000):
        config = {"a": config}
    with pytest.raises(NotAllowedError, match="deep"):
        allowed.check(config)


def test_the_json_of_a_keras_model_passes():
    inputs = keras.Input((4, 3), name="in")
    hidden = keras.layers.Bidirectional(keras.layers.GRU(3, activation="tanh", kernel_regularizer="l2"))(inputs)
    hidden = keras.ops.one_hot(keras.ops.cast(hidden[:, 0], "int32"), 3)
    inner = keras.Sequential([keras.layers.Dense(3, activation=keras.activations.relu)], name="inner")
    model = keras.Model(inputs, inner(hidden))
    allowed.check(json.loads(model.to_json()))


def test_objects_need_no_module():
    layer = {
        "class_name": "GRU",
        "config": {"units": 3, "kernel_initializer": {"class_name": "HeNormal", "config": {"seed": 1}}},
    }
    made = making.make("Bidirectional", "both", {"layer": layer})
    assert made.name == "both"
    assert isinstance(made.forward_layer.cell.kernel_initializer, keras.initializers.HeNormal)


@pytest.mark.parametrize(
    ("layer", "config", "field"),
    [
        ("Dense", {"units": -3}, "units"),
        ("Dense", {"units": 3, "activation": "nothing"}, "activation"),
        ("Dense", {"units": 3, "kernel_initializer": "nothing"}, "kernel_initializer"),
        ("Dense", {"width": 3, "units": 2}, "width"),
        ("Dense", {}, "units"),
        ("Conv2D", {"filters": 3, "kernel_size": 3, "padding": "none"}, "padding"),
        ("Dropout", {"rate": 2}, "rate"),
        ("Bidirectional", {"layer": {"class_name": "LSTM", "config": {}}}, "layer"),
    ],
)
def test_an_argument_that_is_not_taken_is_named(layer, config, field):
    with pytest.raises(making.LayerError) as caught:
        making.make(layer, "layer", config)
    assert caught.value.field == field
    assert str(caught.value).startswith(layer)
    assert "\n" not in str(caught.value)
