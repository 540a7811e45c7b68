"""TensorProtos against TensorFlow's own reading of them."""

import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from tensorflow.core.framework import types_pb2
from tensorflow.core.framework.tensor_pb2 import TensorProto

from serving.model_server import tensors
from serving.model_server.errors import ServingError
from tests.serving.model_server.saved_models import DTYPES

NUMBERS = [name for name in DTYPES if name not in ("string", "bfloat16")]
SHAPES = arrays.array_shapes(min_dims=0, max_dims=3, min_side=0, max_side=4)


@st.composite
def numbers(draw: st.DrawFn) -> np.ndarray:
    return draw(arrays.arrays(np.dtype(draw(st.sampled_from(NUMBERS))), draw(SHAPES)))


@given(numbers(), st.booleans())
def test_numbers_survive_packed_and_unpacked(values: np.ndarray, packed: bool) -> None:
    proto = TensorProto()
    if packed:
        proto.CopyFrom(tf.make_tensor_proto(values))
    else:
        tensors.to_proto(values, proto)
    got = tensors.from_proto("x", proto)
    assert got.dtype == values.dtype
    np.testing.assert_array_equal(got, values)
    np.testing.assert_array_equal(tf.make_ndarray(proto), values)


@given(arrays.arrays(object, SHAPES, elements=st.binary(max_size=300)), st.booleans())
def test_strings_survive_packed_and_unpacked(values: np.ndarray, packed: bool) -> None:
    proto = TensorProto()
    tensors.to_proto(values, proto)
    if packed:
        flat = values.reshape(-1).tolist()
        proto.tensor_content = b"".join(map(_varint, map(len, flat))) + b"".join(flat)
        del proto.string_val[:]
    assert tensors.from_proto("x", proto).tolist() == values.tolist()


def _varint(number: int) -> bytes:
    low, high = number & 0x7F, number >> 7
    return bytes([low | 0x80]) + _varint(high) if high else bytes([low])


@given(st.lists(st.integers(-128, 127), max_size=8), st.integers(0, 8))
def test_as_many_values_as_tensorflow_takes(sent: list[int], count: int) -> None:
    proto = TensorProto(dtype=types_pb2.DT_INT8, int_val=sent)
    proto.tensor_shape.dim.add(size=count)
    with tf.Graph().as_default(), tf.compat.v1.Session() as session:
        node = tf.compat.v1.NodeDef(name="c", op="Const")
        node.attr["dtype"].type = types_pb2.DT_INT8
        node.attr["value"].tensor.CopyFrom(proto)
        graph = tf.compat.v1.GraphDef(node=[node])
        (tensor,) = tf.graph_util.import_graph_def(graph, return_elements=["c:0"])
        expected = session.run(tensor)
    np.testing.assert_array_equal(tensors.from_proto("x", proto), expected)


@pytest.mark.parametrize(
    "change",
    [
        {"dtype": types_pb2.DT_INVALID}, {"dtype": types_pb2.DT_RESOURCE}, {"dtype": types_pb2.DT_FLOAT_REF},
        {"sizes": [-1]}, {"sizes": [2**40]}, {"unknown": True}, {"tensor_content": b"123"},
        {"dtype": types_pb2.DT_STRING, "tensor_content": b"\x05ab"},
        {"dtype": types_pb2.DT_STRING, "tensor_content": b"\xff\xff\xff\xff\xff\xff"},
    ],
)  # fmt: skip
def test_what_is_no_tensor_is_refused(change: dict) -> None:
    proto = TensorProto(dtype=change.get("dtype", types_pb2.DT_FLOAT), tensor_content=change.get("tensor_content", b""))
    for size in change.get("sizes", [2]):
        proto.tensor_shape.dim.add(size=size)
    proto.tensor_shape.unknown_rank = change.get("unknown", False)
    with pytest.raises(ServingError, match="tensor parsing error: x"):
        tensors.from_proto("x", proto)
