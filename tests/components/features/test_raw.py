"""tf.Examples are parsed as ``tf.io.parse_example`` parses them."""

import tensorflow as tf

from components.features.raw import dense_spec, parsed
from schemas.description import Description
from schemas.features import Category, Number
from schemas.tasks import Forecast, MulticlassClassification


def _example(**cells: list[float] | list[bytes] | list[int]) -> bytes:
    example = tf.train.Example()
    for name, values in cells.items():
        kind = {float: "float_list", bytes: "bytes_list", int: "int64_list"}[type(values[0])]
        getattr(example.features.feature[name], kind).value.extend(values)
    return bytes(example.SerializeToString())


def _check(serialized: list[bytes], description: Description) -> None:
    spec = dense_spec(description, with_label=True)
    found, expected = parsed(serialized, spec), tf.io.parse_example(serialized, spec)
    assert list(found) == list(spec) and set(found) == set(expected)
    for name, tensor in expected.items():
        assert found[name].dtype == tensor.dtype and found[name].shape == tensor.shape
        assert found[name].numpy().tobytes() == tensor.numpy().tobytes() or found[name].dtype == tf.string
        assert tensor.dtype != tf.string or found[name].numpy().tolist() == tensor.numpy().tolist()
    one = parsed(serialized[0], spec)
    assert all(one[name].shape == tensor.shape[1:] for name, tensor in expected.items())


def test_columns_and_a_class() -> None:
    features = {"z": Number(), "a": Category(), "m": Number()}
    rows = [_example(z=[1.5], a=[b"x"], y=[2]), _example(m=[2.5], y=[0]), _example(), _example(z=[-0.0], other=[b"?"])]
    _check(rows, Description("d", MulticlassClassification("y", classes=("a", "b", "c")), features))


def test_values_of_a_window() -> None:
    task = Forecast("y", time="t", horizon=2)
    window = [float(place) for place in range(task.label_width)]
    _check([_example(x=[1.0], y=window), _example()], Description("d", task, {"x": Number()}))
