"""Tensors of the wire against TensorFlow's own."""

from typing import Any

import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays_of
from tensorflow.core.framework import tensor_pb2

from prediction.wire import tensors
from prediction.wire import tf_serving_pb2 as wire

DTYPES = (np.float32, np.float64, np.int32, np.int64, np.bool_)
SHAPES = arrays_of.array_shapes(min_dims=0, max_dims=3, min_side=0, max_side=5)
NUMBERS = st.sampled_from(DTYPES).flatmap(lambda dtype: arrays_of.arrays(dtype, SHAPES))
STRINGS = st.lists(st.binary(max_size=300), max_size=8)


def ours(theirs: Any) -> wire.Tensor:
    return wire.Tensor.FromString(theirs.SerializeToString())


def same(found: list[Any], array: np.ndarray) -> bool:
    return np.array_equal(np.array(found, array.dtype).reshape(array.shape), array, equal_nan=array.dtype.kind == "f")


@given(NUMBERS)
def test_numbers_as_make_tensor_proto_writes_them(array: np.ndarray) -> None:
    assert same(tensors.values(ours(tf.make_tensor_proto(array))), array)


@given(NUMBERS)
def test_numbers_as_the_runtime_packs_them(array: np.ndarray) -> None:
    packed = wire.Tensor.FromString(tf.io.serialize_tensor(array).numpy())
    assert array.size == 0 or packed.tensor_content
    assert same(tensors.values(packed), array)


@given(st.sampled_from(DTYPES), st.integers(0, 1), st.integers(0, 20))
def test_one_value_for_many_elements(dtype: Any, value: int, size: int) -> None:
    array = np.full([size], value, dtype)
    theirs = tf.make_tensor_proto(dtype(value).item(), tf.as_dtype(dtype), [size])
    assert same(tensors.values(ours(theirs)), array)


@given(STRINGS)
def test_strings(strings: list[bytes]) -> None:
    assert tensors.values(ours(tf.make_tensor_proto(strings, tf.string))) == strings
    assert tensors.values(packed(strings)) == strings


@given(STRINGS.filter(bool))
def test_strings_are_packed_as_tensorflow_reads_them(strings: list[bytes]) -> None:
    assert tf.io.parse_tensor(packed(strings).SerializeToString(), tf.string).numpy().tolist() == strings


def packed(strings: list[bytes]) -> wire.Tensor:
    """Strings in tensor_content: their lengths as varints, then they themselves."""
    tensor = wire.Tensor(dtype=wire.DT_STRING)
    tensor.tensor_shape.dim.add(size=len(strings))
    lengths = b"".join(
        bytes([length & 0x7F | 0x80, length >> 7]) if length > 0x7F else bytes([length]) for length in map(len, strings)
    )
    tensor.tensor_content = lengths + b"".join(strings)
    return tensor


@given(
    st.sampled_from([wire.DT_FLOAT, wire.DT_INT64, wire.DT_STRING]),
    st.integers(0, 9),
    st.binary(min_size=1),
)
def test_contents_of_another_length_are_refused_or_read_as_tensorflow_does(
    dtype: int, size: int, content: bytes
) -> None:
    tensor = wire.Tensor(dtype=dtype, tensor_content=content)  # type: ignore[arg-type]
    tensor.tensor_shape.dim.add(size=size)
    theirs = tensor_pb2.TensorProto.FromString(tensor.SerializeToString())
    try:
        expected = tf.io.parse_tensor(theirs.SerializeToString(), tf.as_dtype(dtype)).numpy()
    except tf.errors.InvalidArgumentError:
        with pytest.raises(ValueError, match="a tensor of"):
            tensors.values(tensor)
    else:
        assert len(tensors.values(tensor)) == len(expected)


def test_a_tensor_of_another_type_is_refused() -> None:
    with pytest.raises(ValueError, match="cannot read a tensor of type"):
        tensors.values(ours(tf.make_tensor_proto(np.array([1], np.uint16))))
