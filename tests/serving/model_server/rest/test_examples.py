"""Classify and Regress: JSON to requests, results to JSON."""

import math

import pytest
from google.protobuf import text_format
from tensorflow.core.example.example_pb2 import Example
from tensorflow_serving.apis.classification_pb2 import ClassificationRequest, ClassificationResult
from tensorflow_serving.apis.model_pb2 import ModelSpec
from tensorflow_serving.apis.regression_pb2 import RegressionRequest, RegressionResult

from serving.model_server.errors import ServingError, invalid
from serving.model_server.rest.examples import classification, fill_request, regression
from serving.model_server.rest.response import error_body

EXAMPLES = """{"examples": [{"names": ["foo", "bar"], "ratings": [8.0, 9.0, NaN, Infinity], "age": 20},
               {"names": ["baz", {"b64": "aGVsbG8="}], "ratings": 6.0, "mix": [1, true, false], "none": []}]}"""
FIRST = """features {
  feature { key: "names" value { bytes_list { value: "foo" value: "bar" } } }
  feature { key: "ratings" value { float_list { value: 8 value: 9 value: nan value: inf } } }
  feature { key: "age" value { int64_list { value: 20 } } } }"""
SECOND = """features {
  feature { key: "names" value { bytes_list { value: "baz" value: "hello" } } }
  feature { key: "ratings" value { float_list { value: 6 } } }
  feature { key: "mix" value { int64_list { value: 1 value: 1 value: 0 } } }
  feature { key: "none" value { } } }"""


def filled(body: str, kind: type = ClassificationRequest) -> ClassificationRequest:
    request = kind()
    fill_request(body.encode(), ModelSpec(name="m"), request)
    return request


def example(text: str) -> str:
    return str(text_format.Parse(text, Example()))


@pytest.mark.parametrize("kind", [ClassificationRequest, RegressionRequest])
def test_examples(kind: type) -> None:
    request = filled(EXAMPLES, kind)
    assert request.model_spec == ModelSpec(name="m")
    assert [str(found) for found in request.input.example_list.examples] == [example(FIRST), example(SECOND)]


def test_context_and_signature() -> None:
    request = filled('{"signature_name": "s", "context": {"query": "pizza", "where": ["sfo"]}, ' + EXAMPLES[1:])
    assert request.model_spec.signature_name == "s"
    found = request.input.example_list_with_context
    context = """features { feature { key: "query" value { bytes_list { value: "pizza" } } }
                            feature { key: "where" value { bytes_list { value: "sfo" } } } }"""
    assert str(found.context) == example(context)
    assert [str(item) for item in found.examples] == [example(FIRST), example(SECOND)]


def test_equal_keys() -> None:
    request = filled('{"examples": [{"x": 1, "x": ["a"]}], "examples": [], "context": {}, "context": 5}')
    features = request.input.example_list_with_context.examples[0].features
    assert features.feature["x"].bytes_list.value == [b"a"]


@pytest.mark.parametrize(
    ("value", "kept"), [("1e39", math.inf), ("18446744073709551616", 2.0**64), ("0.1", 0.10000000149011612)]
)
def test_floats_are_rounded_to_float32(value: str, kept: float) -> None:
    request = filled(f'{{"examples": [{{"x": {value}}}]}}')
    assert request.input.example_list.examples[0].features.feature["x"].float_list.value == [kept]


def test_bytes_that_are_no_text() -> None:
    request = ClassificationRequest()
    fill_request(b'{"examples": [{"x": "\xff"}]}', ModelSpec(), request)
    assert request.input.example_list.examples[0].features.feature["x"].bytes_list.value == [b"\xff"]


@pytest.mark.parametrize(
    ("body", "text"),
    [
        ("", "JSON Parse error: The document is empty"),
        ('{"signature_name": ["a"], "examples": [{}]}', "'signature_name' key must be a string value."),
        ('{"context": [{}]}', "Example must be JSON object but got JSON Array"),
        ('{"context": null}', "Example must be JSON object but got JSON Null"),
        ("{}", "JSON Value: {} When method is classify, key 'examples' is expected and was not found"),
        ('{"examples": {"a": 1}}', "Expecting 'examples' value to be an list/array"),
        ('{"examples": []}', "'examples' value is an empty array"),
        ('{"examples": [[{}]]}', "Example must be JSON object but got JSON Array"),
        ('{"examples": [{}, "a"]}', "Example must be JSON object but got JSON String"),
        ('{"examples": [true]}', "Example must be JSON object but got JSON True"),
        ('{"examples": [{"n": [10, null]}]}', "Feature: n has element with unexpected JSON type: Null"),
        ('{"examples": [{"n": {"test": 10}}]}', "Feature: n has element with unexpected JSON type: Object"),
        ('{"examples": [{"n": [[10], 20]}]}', "Feature: n has element with unexpected JSON type: Array"),
        ('{"examples": [{"n": [10, 10.0]}]}', "Unexpected element type in feature: n expecting type: int64"),
        ('{"examples": [{"n": [1.0, 1]}]}', "Unexpected element type in feature: n expecting type: float"),
        ('{"examples": [{"n": [true, NaN]}]}', "Unexpected element type in feature: n expecting type: int64"),
        ('{"examples": [{"n": ["a", 1]}]}', "Unexpected element type in feature: n expecting type: bytes"),
        (
            '{"examples": [{"n": [20, 18446744073709551603]}]}',
            "Feature: n has uint64_t element. Only int64_t is supported.",
        ),
        (
            '{"examples": [{"n": [1.5, 18446744073709551603]}]}',
            "Unexpected element type in feature: n expecting type: float",
        ),
        ('{"examples": [{"n": {"b64": "a"}}]}', "Unable to base64 decode"),
    ],
)
def test_what_is_wrong(body: str, text: str) -> None:
    with pytest.raises(ServingError) as caught:
        filled(body)
    assert caught.value.code.name == "INVALID_ARGUMENT"
    assert caught.value.message.endswith(text)


def test_results_of_classify() -> None:
    result = ClassificationResult()
    for scores in ((0.2, 0.7), (math.nan, 12)):
        row = result.classifications.add()
        for label, score in zip(("car", 'b"é'), scores, strict=True):
            row.classes.add(label=label, score=score)
    assert classification(result).decode() == (
        '{\n    "results": [[["car", 0.2], ["b\\"é", 0.7]], [["car", NaN], ["b\\"é", 12.0]]\n    ]\n}'
    )


def test_results_of_regress() -> None:
    result = RegressionResult()
    for value in (0.2, math.inf, 1.0, -math.inf, math.nan):
        result.regressions.add(value=value)
    assert regression(result) == b'{\n    "results": [0.2, Infinity, 1.0, -Infinity, NaN]\n}'


def test_no_results() -> None:
    with pytest.raises(ServingError, match="Cannot convert empty ClassificationResults to JSON"):
        classification(ClassificationResult())
    with pytest.raises(ServingError, match="Cannot convert empty RegressionResults to JSON"):
        regression(RegressionResult())


@pytest.mark.parametrize(
    ("message", "body"),
    [
        ('Bad key: "key"', '{\n    "error": "Bad key: \\"key\\""\n}'),
        ("a 'b' \\ \n é", '{\n    "error": "a \'b\' \\\\ \\n é"\n}'),
    ],
)
def test_the_body_of_an_error(message: str, body: str) -> None:
    assert error_body(invalid(message)).decode() == body
