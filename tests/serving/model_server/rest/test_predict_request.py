"""Bodies of Predict requests as tensors, and what is wrong with those that are none."""

import base64
import json
from typing import Any

import numpy as np
import pytest
from grpc import StatusCode
from hypothesis import given
from hypothesis import strategies as st
from tensorflow.core.framework import types_pb2
from tensorflow.core.protobuf.meta_graph_pb2 import SignatureDef, TensorInfo

from serving.model_server.errors import ServingError
from serving.model_server.rest import elements, predict_request
from serving.model_server.rest.json_value import Members

NUMPY = {"float": np.float32, "double": np.float64, "string": object}


def inputs(**dtypes: str) -> dict[str, TensorInfo]:
    return {name: TensorInfo(dtype=types_pb2.DataType.Value(f"DT_{dtype.upper()}")) for name, dtype in dtypes.items()}


def parsed(body: str | bytes, **dtypes: str) -> tuple[dict[str, Any], bool]:
    document = predict_request.document(body.encode() if isinstance(body, str) else body)
    predict_request.signature_name(document)
    return predict_request.tensors(document, inputs(**dtypes))


def error(body: str | bytes, code: StatusCode = StatusCode.INVALID_ARGUMENT, **dtypes: str) -> str:
    with pytest.raises(ServingError) as caught:
        parsed(body, **dtypes)
    assert caught.value.code is code
    return caught.value.message


ONE = {"x": "int32"}
TWO = {"i": "int32", "s": "string"}
PAIRS = [[1, 2], [3, 4], [5, 6]]
GOOD: list[tuple[str, dict[str, str], dict[str, Any], bool]] = [
    ('{"instances": [[1,2],[3,4],[5,6]]}', ONE, {"x": PAIRS}, True),
    ('{"instances": [[1,2],[3,4],[5,6]]}X', ONE, {"x": PAIRS}, True),
    ('{"instances": [1, 2.0, 3, 5.003, 0.0]}', {"x": "float"}, {"x": [1, 2, 3, 5.003, 0]}, True),
    ('{"instances": [1, 2.0, 3, 0.662, 0.0]}', {"x": "double"}, {"x": [1, 2, 3, 0.662, 0]}, True),
    ('{"instances": [{"b64": "aGVsbG8="}, {"b64": "d29ybGQ="}]}', {"x": "string"}, {"x": [b"hello", b"world"]}, True),
    ('{"instances": [{"b64": "aGVsbG8="}, "world"]}', {"x": "string"}, {"x": [b"hello", b"world"]}, True),
    ('{"instances": [[{"b64": "aGVsbG8="}], [{"b64": "d29ybGQ="}]]}', {"x": "string"}, {"x": [[b"hello"], [b"world"]]}, True),
    ('{"instances": [{"x": [[{"b64": "aGVsbG8="}], ["w"]]}]}', {"x": "string"}, {"x": [[[b"hello"], [b"w"]]]}, True),
    ('{"instances": [{"x": 1}, {"x": 2}]}', ONE, {"x": [1, 2]}, True),
    ('{"instances": [{"b64": 1}, {"b64": 2}]}', {"b64": "int32"}, {"b64": [1, 2]}, True),
    ('{"instances": [{"i": [1,2], "s": "a"}, {"s": "b", "i": [3,4]}]}', TWO, {"i": [[1, 2], [3, 4]], "s": [b"a", b"b"]}, True),
    ('{"instances": [[], []]}', {"x": "float"}, {"x": np.zeros((2, 0))}, True),
    ('{"instances": [[[],[]]]}', {"x": "string"}, {"x": np.zeros((1, 2, 0))}, True),
    ('{"instances": [true, false]}', {"x": "bool"}, {"x": [True, False]}, True),
    ('{"instances": [{"x": 1, "x": 5}, {"x": 2, "x": 6}]}', ONE, {"x": [1, 5]}, True),  # the runtime drops what is too many
    ('{"instances": [1], "instances": [2]}', ONE, {"x": [1]}, True),
    ('{"signature_name": "", "instances": [1], "unknown": {"a": []}}', ONE, {"x": [1]}, True),
    ('{"inputs": {"x": [[[1,2],[3,4],[5,6]]]}}', ONE, {"x": [PAIRS]}, False),
    ('{"inputs": [[[1,2],[3,4],[5,6]]]}', ONE, {"x": [PAIRS]}, False),
    ('{"inputs": 3}', ONE, {"x": 3}, False),
    ('{"inputs": {"b64": "aGVsbG8="}}', {"x": "string"}, {"x": b"hello"}, False),
    ('{"inputs": {"i": [1,2,3], "s": {"b64": "aGVsbG8="}, "extra": null}}', TWO, {"i": [1, 2, 3], "s": b"hello"}, False),
    ('{"inputs": {"i": 1, "i": 2, "s": "a"}}', TWO, {"i": 1, "s": b"a"}, False),
    ('{"inputs": []}', {"x": "half"}, {"x": np.zeros(0)}, False),
    ('{"inputs": [[],[]]}', {"x": "int64"}, {"x": np.zeros((2, 0))}, False),
]  # fmt: skip


@pytest.mark.parametrize(("body", "dtypes", "values", "by_row"), GOOD)
@pytest.mark.parametrize("quick", [True, False])
def test_tensors(
    body: str,
    dtypes: dict[str, str],
    values: dict[str, Any],
    by_row: bool,
    quick: bool,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    if not quick:  # the exact walk alone has to give the same
        for module in (predict_request, elements):
            monkeypatch.setattr(module, "quick", lambda leaves, dtype: None)
    found, rows = parsed(body, **dtypes)
    assert rows is by_row
    assert found.keys() == values.keys()
    for name, array in found.items():
        assert array.shape == np.shape(values[name])
        expected = np.dtype({"half": "float16"}.get(dtypes[name], NUMPY.get(dtypes[name], dtypes[name])))
        assert array.dtype == expected
        assert array.tolist() == np.asarray(values[name], dtype=array.dtype).tolist()


def test_nan_and_infinity() -> None:
    found, _ = parsed(
        '{"instances": [{"f": [1.0, NaN], "d": -Inf}, {"f": [2.0, Infinity], "d": 2}]}', f="float", d="double"
    )
    np.testing.assert_array_equal(found["f"], np.array([[1, np.nan], [2, np.inf]], np.float32))
    assert found["d"].tolist() == [-np.inf, 2]


BAD: list[tuple[str, dict[str, str], str]] = [
    ("", ONE, "JSON Parse error: The document is empty"),
    ("instances = [1]", ONE, "JSON Parse error: Invalid value. at offset: 0"),
    ("[1]", ONE, "JSON Value: [\n    1\n] Is not object"),
    ("5", ONE, "JSON Value: 5 Is not object"),
    ("1.5", ONE, "JSON Value: 1.5 Is not object"),
    ('{"signature_name": 5}', ONE,
     'JSON Value: {\n    "signature_name": 5\n} not formatted correctly. \'signature_name\' key must be a string value.'),
    ('{"signature_name": null, "instances": [1]}', ONE, "'signature_name' key must be a string value."),
    ("{}", ONE, "Missing 'inputs' or 'instances' key"),
    ('{"instances": [1], "inputs": [1]}', ONE,
     "Not formatted correctly expecting only one of 'inputs' or 'instances' keys to exist "),
    ('{"instances": {"x": 1}}', ONE, "Expecting 'instances' to be an list/array"),
    ('{"instances": []}', ONE, 'JSON Value: {\n    "instances": []\n} No values in \'instances\' array'),
    ('{"instances": [1]}', TWO,
     "instances is a plain list, but expecting list of objects as multiple input tensors required as per tensorinfo_map"),
    ('{"instances": [{"i": 1, "s": "a"}, [1], {"i": 1, "s": "a"}]}', TWO,
     "Expecting object but got list at item 1 of input list"),
    ('{"instances": [["a"], {"x": ["a"]}]}', {"x": "string"}, "Expecting value/list but got object at item 1 of input list"),
    ('{"instances": [{"x": 1}, 2]}', ONE, "Expecting object but got list at item 1 of input list"),
    ('{"instances": [{"x": 1}, {"b64": "aGVsbG8="}]}', ONE, "Expecting object but got list at item 1 of input list"),
    ('{"instances": [{"i": 1, "s": "a", "z": 0}]}', TWO,
     "Failed to process element: 0 key: z of 'instances' list. "
     "Error: INVALID_ARGUMENT: JSON object: does not have named input: z"),
    ('{"instances": [{"s": "a"}]}', TWO,
     "Failed to process element: 0 of 'instances' list. JSON object: {\n    \"s\": \"a\"\n} keys must be equal to: i,s"),
    ('{"instances": [{}]}', ONE, "Failed to process element: 0 of 'instances' list. JSON object: {} keys must be equal to: x"),
    ('{"instances": [[1,2],[3,4],[5,6,7]]}', ONE,
     "Failed to process element: 2 of 'instances' list. Error: INVALID_ARGUMENT: Expecting tensor size: 2 but got: 3"),
    ('{"instances": [[1,2],[3,4],[[5,6]]]}', ONE, "Error: INVALID_ARGUMENT: Expecting shape [2] but got: [1,2]"),
    ('{"instances": [1, [1]]}', ONE, "Error: INVALID_ARGUMENT: Expecting shape [] but got: [1]"),
    ('{"instances": [{"i": [[1],[2]], "s": "a"}, {"i": [[1,2]], "s": "b"}]}', TWO,
     "Failed to process element: 1 key: i of 'instances' list. Error: INVALID_ARGUMENT: Expecting shape [2,1] but got: [1,2]"),
    ('{"instances": [[1,2],["a","b"]]}', ONE,
     "Failed to process element: 1 of 'instances' list. Error: INVALID_ARGUMENT: "
     'JSON Value: "a" Type: String is not of expected type: int32'),
    ('{"instances": [{"b64": "aGVsbG8="}]}', ONE, "Type: Object is not of expected type: int32"),
    ('{"instances": [[1,[2]]]}', ONE, "Encountered list at unexpected level: 1 expected < 1"),
    ('{"instances": [[[1],2]]}', ONE, "JSON Value: 2 found at incorrect level: 2 in the JSON DOM. Expected at level: 2"),
    ('{"instances": [[[1],[2,3]]]}', ONE, "Encountered list at unexpected size: 2 at level: 1 expected size: 1"),
    ('{"instances": [[[],[1]]]}', ONE, "Encountered list at unexpected size: 1 at level: 1 expected size: 0"),
    ('{"instances": [1]}', {"x": "half"},
     "Failed to process element: 0 of 'instances' list. Error: UNIMPLEMENTED: Conversion of JSON Value: 1 to type: half"),
    ('{"inputs": [1]}', TWO,
     "inputs is a plain value/list, but expecting an object as multiple input tensors required as per tensorinfo_map"),
    ('{"inputs": {"b64": "aGVsbG8="}}', TWO, "inputs is a plain value/list"),
    ('{"inputs": {"i": 1}}', TWO, "Missing named input: s in 'inputs' object."),
    ('{"inputs": {"y": 1}}', ONE, "Missing named input: x in 'inputs' object."),
    ('{"inputs": [[1,2],[3]]}', ONE, "Encountered list at unexpected size: 1 at level: 1 expected size: 2"),
    ('{"inputs": {"x": {"y": 1}}}', {"x": "string"},
     'JSON Value: {\n    "y": 1\n} not formatted correctly for base64 data'),
    ('{"inputs": {"x": {"b64": 1}}}', {"x": "string"}, "not formatted correctly for base64 data"),
    ('{"inputs": {"x": {}}}', {"x": "double"}, "JSON Value: {} Type: Object is not of expected type: double"),
    ('{"inputs": {"b64": "a"}}', {"x": "string"}, "Unable to base64 decode"),
]  # fmt: skip


@pytest.mark.parametrize(("body", "dtypes", "text"), BAD)
def test_what_is_wrong(body: str, dtypes: dict[str, str], text: str) -> None:
    assert text in error(body, **dtypes)


def test_an_error_shows_the_start_of_a_large_body() -> None:
    message = error(json.dumps({"instances": [list(range(10_000))], "inputs": 1}), **ONE)
    assert len(message) < 256 + 120
    assert message.startswith('JSON Value: {\n    "instances": [\n        [\n            0,\n            1,')


VALUES: list[tuple[str, str, Any]] = [
    ("float", "1e39", np.inf), ("float", "-1e300", -np.inf), ("float", "1e-60", 0.0), ("float", "16777217", 16777216.0),
    ("float", "18446744073709551616", 1.8446744073709552e19), ("double", "9007199254740993", 9007199254740992.0),
    ("int32", "2147483647", 2147483647), ("int32", "-2147483648", -2147483648),
    ("int16", "65537", 1), ("int8", "200", -56), ("uint8", "300", 44), ("uint8", "-1", 255),
    ("int64", "-9223372036854775808", -(2**63)), ("uint32", "4294967295", 2**32 - 1),
    ("uint64", "18446744073709551615", 2**64 - 1), ("string", '"\\u0000é"', b"\0\xc3\xa9"),
    ("string", '{"b64": " aGVs\\nbG8 "}', b"hello"), ("string", '{"b64": ""}', b""),
    ("string", '{"b64": "aGVsbG8"}', b"hello"),
]  # fmt: skip
MISFITS: list[tuple[str, str]] = [
    ("float", "true"), ("float", '"1"'), ("float", "null"), ("int32", "1.0"), ("int32", "1e2"), ("int32", "true"),
    ("int32", "2147483648"), ("int8", "-2147483649"), ("int64", "9223372036854775808"), ("int64", "NaN"), ("uint32", "-1"),
    ("uint32", "4294967296"), ("uint64", "-1"), ("uint64", "18446744073709551616"), ("bool", "0"), ("bool", "1"),
    ("bool", '"true"'),
    ("string", "1"), ("string", "null"), ("string", "false"),
]  # fmt: skip


@pytest.mark.parametrize(("dtype", "text", "value"), VALUES)
def test_a_value_that_fits(dtype: str, text: str, value: Any) -> None:
    for body in (f'{{"inputs": [{text}]}}', f'{{"instances": [{text}]}}'):
        assert parsed(body, x=dtype)[0]["x"].tolist() == [value]


@pytest.mark.parametrize(("dtype", "text"), MISFITS)
def test_a_value_that_does_not_fit(dtype: str, text: str) -> None:
    message = error(f'{{"inputs": [{text}]}}', x=dtype)
    assert message.startswith("JSON Value: ")
    assert message.endswith(f"is not of expected type: {dtype}")
    assert f"of 'instances' list. Error: INVALID_ARGUMENT: {message}" in error(f'{{"instances": [{text}]}}', x=dtype)


@pytest.mark.parametrize("dtype", ["half", "bfloat16", "uint16", "complex64", "complex128", "qint8"])
def test_a_dtype_that_json_has_no_values_for(dtype: str) -> None:
    message = error('{"inputs": [1.5]}', StatusCode.UNIMPLEMENTED, x=dtype)
    assert message == f"Conversion of JSON Value: 1.5 to type: {dtype}"


@pytest.mark.parametrize(
    "text", ["a", "aGVsb", "aGVsbG8==", "aGVsbA=", "a-b_", "aé==", "=", "aGVsbG8=x", "====", "YQ==" * 2]
)
def test_what_is_no_base64(text: str) -> None:
    assert error(json.dumps({"inputs": {"b64": text}}), x="string") == "Unable to base64 decode"


@given(st.binary(), st.booleans(), st.lists(st.integers(0, 40), max_size=3))
def test_base64_with_and_without_padding_and_white_space(content: bytes, padded: bool, spaces: list[int]) -> None:
    text = base64.b64encode(content).decode()
    text = text if padded else text.rstrip("=")
    for at in spaces:
        text = text[:at] + " \n" + text[at:]
    assert elements.from_base64({"b64": text}) == content


@pytest.mark.parametrize("depth", [65, 300, 500_000])
@pytest.mark.parametrize("key", ["instances", "inputs"])
def test_more_dimensions_than_a_tensor_has(depth: int, key: str) -> None:
    body = b'{"%b":%b%b}' % (key.encode(), b"[" * depth, b"]" * depth)
    assert error(body, x="float") == "tensor parsing error: x"


def test_an_object_nested_500_000_deep() -> None:
    message = error(b'{"inputs":{"x":' + b'{"a":' * 500_000 + b"1" + b"}" * 500_001 + b"}", x="float")
    assert message.endswith("Type: Object is not of expected type: float")


@pytest.mark.parametrize(
    ("name", "text"),
    [("", "Failed to get input map for signature: DEFAULT"), ("none", "Failed to get input map for signature: none"),
     ("other", 'Serving signature name: "other" not found in signature def')],
)  # fmt: skip
def test_a_signature_that_cannot_be_asked(name: str, text: str) -> None:
    signatures = {"serving_default": SignatureDef(), "none": SignatureDef()}
    with pytest.raises(ServingError) as caught:
        predict_request.signature_inputs(signatures, name)
    assert (caught.value.code, caught.value.message) == (StatusCode.INVALID_ARGUMENT, text)


leaves = st.integers(-300, 300) | st.floats(width=32, allow_nan=False) | st.booleans() | st.none() | st.text(max_size=2)
nested = st.recursive(leaves, lambda inner: st.lists(inner, max_size=3), max_leaves=10)
rectangles = st.sampled_from([st.integers(-5, 2**40), st.floats(width=32), st.booleans(), st.text(max_size=3)]).flatmap(
    lambda leaf: st.tuples(st.integers(0, 3), st.integers(0, 3)).flatmap(
        lambda shape: st.lists(
            st.lists(leaf, min_size=shape[1], max_size=shape[1]), min_size=shape[0], max_size=shape[0]
        )
    )
)


@given(nested | rectangles, st.sampled_from(["float", "int32", "int64", "uint8", "uint64", "bool", "string"]))
def test_the_quick_conversion_gives_what_the_walk_gives(value: Any, dtype: str) -> None:
    number = types_pb2.DataType.Value(f"DT_{dtype.upper()}")

    def walked() -> Any:
        values: list[Any] = []
        shape = elements.fill(value, number, values)
        return elements.flat(values, number).reshape(shape)

    assert _outcome(lambda: elements.tensor(value, number, "x")) == _outcome(walked)


@given(st.lists(st.dictionaries(st.sampled_from(["a", "b"]), nested, min_size=1) | nested, min_size=1, max_size=3),
       st.sampled_from(["float", "int32", "string"]))  # fmt: skip
def test_quick_rows_give_what_single_rows_give(rows: list[Any], dtype: str) -> None:
    number = types_pb2.DataType.Value(f"DT_{dtype.upper()}")
    for dtypes in ({"a": number}, {"a": number, "b": number}):
        quick = _outcome(
            lambda dtypes=dtypes: predict_request._quick_rows(rows, dtypes) or predict_request._rows(rows, dtypes)
        )
        doubled = [Members(list(row.items())) if isinstance(row, dict) else row for row in rows]
        assert quick == _outcome(lambda dtypes=dtypes: predict_request._rows(rows, dtypes))
        assert quick == _outcome(lambda dtypes=dtypes, doubled=doubled: predict_request._rows(doubled, dtypes))


def _outcome(make: Any) -> Any:
    try:
        found = make()
    except ServingError as failed:
        return failed.code, failed.message
    arrays = found if isinstance(found, dict) else {"": found}
    return {name: (array.dtype, array.shape, repr(array.tolist())) for name, array in arrays.items()}
