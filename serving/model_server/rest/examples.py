"""Classify and Regress: the JSON of examples as TensorFlow Serving's requests, and their results as JSON."""

from typing import Any

import numpy as np
from tensorflow.core.example.example_pb2 import Example
from tensorflow.core.example.feature_pb2 import Feature
from tensorflow_serving.apis.classification_pb2 import ClassificationRequest, ClassificationResult
from tensorflow_serving.apis.model_pb2 import ModelSpec
from tensorflow_serving.apis.regression_pb2 import RegressionRequest, RegressionResult

from serving.model_server.errors import invalid
from serving.model_server.rest.decimals import decimals
from serving.model_server.rest.elements import from_base64
from serving.model_server.rest.json_text import quoted, raw
from serving.model_server.rest.json_value import (
    Absent,
    as_double,
    first,
    is_base64,
    is_object,
    kind,
    members,
    shown,
)
from serving.model_server.rest.predict_request import document, signature_name

_ENCODING = "latin-1"  # one character per byte, as labels need not be valid UTF-8
_KINDS = {"int64_list": "int64", "float_list": "float", "bytes_list": "bytes"}


def fill_request(body: bytes, spec: ModelSpec, request: ClassificationRequest | RegressionRequest) -> None:
    """Fill a request for the model of ``spec`` from a body. Raises ServingError (INVALID_ARGUMENT)."""
    found = document(body)
    request.model_spec.CopyFrom(spec)
    request.model_spec.signature_name = _proto_text(signature_name(found))
    context = first(found, "context")
    examples = request.input.example_list.examples
    if context is not Absent:
        with_context = request.input.example_list_with_context
        # An empty context is a context: the request must have that field.
        with_context.context.SetInParent()
        _fill_example(context, with_context.context)
        examples = with_context.examples
    for value in _list_of_examples(found):
        _fill_example(value, examples.add())


def _proto_text(text: str) -> str:
    """A protobuf string holds valid UTF-8 alone; no signature has a name that does not."""
    return raw(text).decode(errors="replace")


def _list_of_examples(request: Any) -> list[Any]:
    examples = first(request, "examples")
    if examples is Absent:
        # TensorFlow Serving's text on :regress too.
        problem = "When method is classify, key 'examples' is expected and was not found"
    elif not isinstance(examples, list):
        problem = "Expecting 'examples' value to be an list/array"
    elif not examples:
        problem = "'examples' value is an empty array"
    else:
        return examples
    raise invalid(f"JSON Value: {shown(request)} {problem}")


def _fill_example(value: Any, example: Example) -> None:
    if not is_object(value):
        raise invalid(f"Example must be JSON object but got JSON {kind(value)}")
    features = example.features.feature
    for name, content in members(value):
        feature = features[_proto_text(name)]
        feature.Clear()
        _fill_feature(name, content if isinstance(content, list) else [content], feature)


def _fill_feature(name: str, values: list[Any], feature: Feature) -> None:
    """The first element decides the kind. An empty list leaves the kind open."""
    chosen = ""
    converted = []
    for value in values:
        of_kind = _kind_of(name, value)
        chosen = chosen or of_kind
        if of_kind != chosen:
            raise invalid(f"Unexpected element type in feature: {name} expecting type: {_KINDS[chosen]}")
        converted.append(_element(name, value))
    if chosen == "float_list":
        with np.errstate(over="ignore"):
            # Rounded here: what is beyond float32 becomes the infinity that TensorFlow Serving stores.
            converted = np.array(converted, np.float64).astype(np.float32).tolist()
    if chosen:
        getattr(feature, chosen).value.extend(converted)


def _kind_of(name: str, value: Any) -> str:
    if isinstance(value, str) or is_base64(value):
        return "bytes_list"
    if value is None or isinstance(value, list) or is_object(value):
        raise invalid(f"Feature: {name} has element with unexpected JSON type: {kind(value)}")
    return "float_list" if isinstance(value, float) or as_double(value) else "int64_list"


def _element(name: str, value: Any) -> Any:
    if isinstance(value, str):
        return raw(value)
    if isinstance(value, dict):
        return from_base64(value)
    if isinstance(value, int) and 2**63 <= value < 2**64:
        raise invalid(f"Feature: {name} has uint64_t element. Only int64_t is supported.")
    return value


def classification(result: ClassificationResult) -> bytes:
    """``{"results": [[[label, score], ...], ...]}``. Raises ServingError for no results."""
    if not result.classifications:
        raise invalid("Cannot convert empty ClassificationResults to JSON")
    rows = []
    for found in result.classifications:
        scores = decimals(np.array([entry.score for entry in found.classes], np.float32))
        labels = (quoted(entry.label.encode().decode(_ENCODING)) for entry in found.classes)
        pairs = ", ".join(f"[{label}, {score}]" for label, score in zip(labels, scores, strict=True))
        rows.append(f"[{pairs}]")
    return f'{{\n    "results": [{", ".join(rows)}\n    ]\n}}'.encode(_ENCODING)


def regression(result: RegressionResult) -> bytes:
    """``{"results": [value, ...]}``. Raises ServingError for no results."""
    if not result.regressions:
        raise invalid("Cannot convert empty RegressionResults to JSON")
    values = decimals(np.array([entry.value for entry in result.regressions], np.float32))
    return f'{{\n    "results": [{", ".join(values)}]\n}}'.encode()
