"""Outputs as JSON: layout, values, and what cannot be written."""

import base64
import json
from typing import Any

import ml_dtypes
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from serving.model_server.errors import ServingError
from serving.model_server.rest.predict_response import column_format, row_format


def strings(*values: Any) -> Any:
    return np.array(values, object)


FIVE = {
    "int_tensor": np.array([[[1, 2], [3, 4], [5, 6]], [[7, 8], [9, 0], [1, 2]]], np.int32),
    "str_tensor": strings([b"foo", b"bar"], [b"baz", b"bat"]),
    "float_tensor": np.array([[1.0], [2.0]], np.float32),
    "double_scalar_tensor": np.array([8.0, 9.0]),
    "str_tensor_bytes": strings([b"hello", b"world"], [b"tf", b"serving"]),
}
BYTES = [[{"b64": "aGVsbG8="}, {"b64": "d29ybGQ="}], [{"b64": "dGY="}, {"b64": "c2VydmluZw=="}]]


@pytest.mark.parametrize(
    ("outputs", "rows", "columns"),
    [
        ({"y": FIVE["int_tensor"]}, FIVE["int_tensor"].tolist(), FIVE["int_tensor"].tolist()),
        ({"y": np.array([1, 2, 3], np.int8)}, [1, 2, 3], [1, 2, 3]),
        ({"y": np.array([True, False])}, [True, False], [True, False]),
        ({"y": np.array([2**64 - 1, 0], np.uint64)}, [2**64 - 1, 0], [2**64 - 1, 0]),
        ({"y_bytes": FIVE["str_tensor_bytes"]}, BYTES, BYTES),
        ({"y_bytes": np.array([1, 2], np.int64)}, [1, 2], [1, 2]),
        ({"y": np.zeros((0, 2), np.int32)}, [], []),
        ({"a": np.zeros((0, 1, 2), np.int32), "b": np.zeros((0, 3), np.float32)}, [], {"a": [], "b": []}),
        ({"y": np.zeros((2, 0, 3), np.float16)}, [[], []], [[], []]),
        ({"y": np.zeros((2, 3, 0), np.float32)}, [[[], [], []]] * 2, [[[], [], []]] * 2),
        (
            FIVE,
            [
                {"double_scalar_tensor": 8.0, "float_tensor": [1.0], "int_tensor": [[1, 2], [3, 4], [5, 6]],
                 "str_tensor": ["foo", "bar"], "str_tensor_bytes": BYTES[0]},
                {"double_scalar_tensor": 9.0, "float_tensor": [2.0], "int_tensor": [[7, 8], [9, 0], [1, 2]],
                 "str_tensor": ["baz", "bat"], "str_tensor_bytes": BYTES[1]},
            ],
            {"double_scalar_tensor": [8.0, 9.0], "float_tensor": [[1.0], [2.0]], "int_tensor": FIVE["int_tensor"].tolist(),
             "str_tensor": [["foo", "bar"], ["baz", "bat"]], "str_tensor_bytes": BYTES},
        ),
    ],
)  # fmt: skip
def test_values(outputs: dict[str, Any], rows: Any, columns: Any) -> None:
    assert json.loads(row_format(outputs)) == {"predictions": rows}
    assert json.loads(column_format(outputs)) == {"outputs": columns}


@pytest.mark.parametrize(
    ("value", "text"),
    [(np.float32(2.5), "2.5"), (np.int64(7), "7"), (np.float32(np.nan), "NaN"), (np.float64(-np.inf), "-Infinity")],
)
def test_a_scalar_in_column_format(value: Any, text: str) -> None:
    assert column_format({"y": np.asarray(value)}).decode() == f'{{\n    "outputs": {text}\n}}'


def test_a_scalar_string_in_column_format() -> None:
    scalar = np.empty((), object)
    scalar[()] = b"hello"
    assert json.loads(column_format({"y_bytes": scalar})) == {"outputs": {"b64": "aGVsbG8="}}
    assert json.loads(column_format({"y": scalar})) == {"outputs": "hello"}


def test_layout_of_rows() -> None:
    assert row_format({"y": np.array([[2.5, 3], [np.nan, 4]], np.float32)}) == (
        b'{\n    "predictions": [[2.5, 3.0], [NaN, 4.0]\n    ]\n}'
    )
    assert row_format({"a": np.array([1, 2]), "b": strings([b"x"], [b"y"])}) == (
        b'{\n    "predictions": [\n        {\n            "a": 1,\n            "b": ["x"]\n        },\n'
        b'        {\n            "a": 2,\n            "b": ["y"]\n        }\n    ]\n}'
    )
    assert row_format({"y_bytes": strings(b"x", b"y")}) == (
        b'{\n    "predictions": [{\n            "b64": "eA=="\n        }, {\n            "b64": "eQ=="\n        }\n    ]\n}'
    )
    assert row_format({"y": np.zeros((0, 2))}) == b'{\n    "predictions": []\n}'


def test_layout_of_columns() -> None:
    assert column_format({"y": np.array([[1, 2]])}) == (
        b'{\n    "outputs": [\n        [\n            1,\n            2\n        ]\n    ]\n}'
    )
    assert column_format({"a": np.array(1), "b": np.array([True])}) == (
        b'{\n    "outputs": {\n        "a": 1,\n        "b": [\n            true\n        ]\n    }\n}'
    )


def test_strings_keep_their_bytes() -> None:
    found = row_format({"y": strings(b'\xff\x00"\\/\n\x1f\x7f', "é\U0001f600".encode())})
    assert b'["\xff\\u0000\\"\\\\/\\n\\u001F\x7f", "\xc3\xa9\xf0\x9f\x98\x80"' in found


@pytest.mark.parametrize(
    ("outputs", "text"),
    [
        ({}, "Cannot convert empty tensor map to JSON"),
        ({"t": np.array(1)}, "Tensor name: t has no shape information "),
        ({"a": np.zeros(2), "b": np.zeros((1, 3))}, "Tensor name: b has inconsistent batch size: 1 expecting: 2"),
        ({"a": np.zeros((0, 2)), "b": np.zeros((1, 2))}, "Tensor name: b has inconsistent batch size: 1 expecting: 0"),
        ({"t": np.zeros(2, np.complex64)}, "Failed to write JSON value for tensor type: complex64"),
        ({"t": np.zeros(2, np.complex128)}, "Failed to write JSON value for tensor type: complex128"),
        ({"t": np.zeros(2, np.float16)}, "Failed to write JSON value for tensor type: half"),
        ({"t": np.zeros(2, np.uint16)}, "Failed to write JSON value for tensor type: uint16"),
        ({"t": np.zeros(2, ml_dtypes.bfloat16)}, "Failed to write JSON value for tensor type: bfloat16"),
    ],
)
def test_what_cannot_be_written(outputs: dict[str, Any], text: str) -> None:
    with pytest.raises(ServingError) as caught:
        row_format(outputs)
    assert (caught.value.code.name, caught.value.message) == ("INVALID_ARGUMENT", text)


numbers = st.sampled_from(
    [np.float32, np.float64, np.int8, np.uint8, np.int16, np.int32, np.int64, np.uint32, np.uint64, np.bool_]
)
shapes = arrays.array_shapes(min_dims=1, max_dims=4, min_side=0, max_side=3)


@given(numbers.flatmap(lambda dtype: arrays.arrays(dtype, shapes)))
def test_numbers_come_back(array: Any) -> None:
    for body, key in ((row_format({"y": array}), "predictions"), (column_format({"y": array}), "outputs")):
        # An empty list leaves out the dimensions behind it.
        found = np.array(json.loads(body)[key], array.dtype).reshape(array.shape)
        if array.dtype.kind == "f":
            found = np.where(found == array, array, found)
        np.testing.assert_array_equal(found, array)


@given(shapes.flatmap(lambda shape: arrays.arrays(object, shape, elements=st.binary(max_size=5), fill=st.nothing())))
def test_binary_strings_come_back(array: Any) -> None:
    for body, key in ((row_format({"a_bytes": array}), "predictions"), (column_format({"a_bytes": array}), "outputs")):
        found = json.loads(body)[key]
        assert [base64.b64decode(value["b64"]) for value in _flat(found)] == array.reshape(-1).tolist()


def _flat(value: Any) -> list[Any]:
    return [leaf for item in value for leaf in _flat(item)] if isinstance(value, list) else [value]
