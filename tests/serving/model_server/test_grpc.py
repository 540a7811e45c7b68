"""The gRPC services over real SavedModels, called as any client calls TensorFlow Serving."""

import threading
import time
from typing import Any

import grpc
import numpy as np
import pytest
import tensorflow as tf
from google.protobuf import text_format
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha.proto_reflection_descriptor_database import ProtoReflectionDescriptorDatabase
from tensorflow.core.framework.tensor_pb2 import TensorProto
from tensorflow_serving.apis import (
    classification_pb2,
    get_model_metadata_pb2,
    get_model_status_pb2,
    inference_pb2,
    input_pb2,
    model_management_pb2,
    predict_pb2,
    regression_pb2,
)  # fmt: skip

from tests.pictures import JPEG, PNG, TOO_LARGE
from tests.serving.model_server.running import Running
from tests.serving.model_server.saved_models import DTYPES


def predict(served: Running, name: str, inputs: dict[str, Any], signature: str = "", **more: Any) -> Any:
    request = predict_pb2.PredictRequest(output_filter=more.pop("output_filter", ()))
    request.model_spec.name = name
    request.model_spec.signature_name = signature
    if "version" in more:
        request.model_spec.version.value = more.pop("version")
    if "label" in more:
        request.model_spec.version_label = more.pop("label")
    for alias, value in inputs.items():
        request.inputs[alias].CopyFrom(value if isinstance(value, TensorProto) else tf.make_tensor_proto(value))
    return served.prediction.Predict(request, **more)


def refused(call: Any) -> tuple[grpc.StatusCode, str]:
    with pytest.raises(grpc.RpcError) as caught:
        call()
    return caught.value.code(), caught.value.details()


def listed(*values: float | None) -> input_pb2.Input:
    """Examples with a feature x, or without it for None."""
    given = input_pb2.Input()
    for value in values:
        example = given.example_list.examples.add()
        if value is not None:
            example.features.feature["x"].float_list.value.append(value)
    return given


def classify(served: Running, given: input_pb2.Input, signature: str) -> Any:
    request = classification_pb2.ClassificationRequest(input=given)
    request.model_spec.name, request.model_spec.signature_name = "half", signature
    return served.prediction.Classify(request)


def regress(served: Running, given: input_pb2.Input, signature: str = "regress_x_to_y") -> Any:
    request = regression_pb2.RegressionRequest(input=given)
    request.model_spec.name, request.model_spec.signature_name = "half", signature
    return served.prediction.Regress(request)


def test_predict_answers_with_the_version_and_the_signature_used(served: Running) -> None:
    response = predict(served, "half", {"x": np.float32([2, 4])})
    assert text_format.MessageToString(response.model_spec, as_one_line=True) == (
        'name: "half" version { value: 7 } signature_name: "serving_default"'
    )
    assert list(response.outputs["y"].float_val) == [3.0, 4.0]
    assert [dim.size for dim in response.outputs["y"].tensor_shape.dim] == [2]


def test_predict_takes_any_shape_where_the_signature_does(served: Running) -> None:
    response = predict(served, "half", {"x": np.float32(2)})
    assert list(response.outputs["y"].float_val) == [3.0]
    assert not response.outputs["y"].tensor_shape.dim


@pytest.mark.parametrize("name", DTYPES)
def test_every_dtype_comes_back_as_it_went_in(served: Running, name: str) -> None:
    values = np.array([[1, 0], [1, 1]])
    sent = tf.make_tensor_proto(tf.cast(values, name) if name != "string" else [[b"a", b"\xff"], [b"", b"d"]])
    got = predict(served, "identities", {"x": sent}, name).outputs["y"]
    assert not got.tensor_content
    assert tf.make_ndarray(got).tolist() == tf.make_ndarray(sent).tolist()
    assert got.dtype == sent.dtype


def test_a_picture_of_too_many_pixels_is_refused_by_its_header(served: Running) -> None:
    code, text = refused(lambda: predict(served, "identities", {"x": [b"a", TOO_LARGE]}, "string"))
    assert code is grpc.StatusCode.INVALID_ARGUMENT
    assert (
        text
        == "in_string:0: received a picture of 20,000 x 20,000 pixels; a picture of up to 50,000,000 pixels is expected"
    )
    assert predict(served, "identities", {"x": [JPEG, PNG]}, "string").outputs["y"].string_val == [JPEG, PNG]


def test_few_values_repeat_the_last_and_none_are_zeros(served: Running) -> None:
    short = TensorProto(dtype=tf.float32.as_datatype_enum, float_val=[1, 2])
    short.tensor_shape.dim.add(size=4)
    none = TensorProto(dtype=tf.float32.as_datatype_enum)
    none.tensor_shape.dim.add(size=2)
    assert list(predict(served, "identities", {"x": short}, "float32").outputs["y"].float_val) == [1, 2, 2, 2]
    assert list(predict(served, "identities", {"x": none}, "float32").outputs["y"].float_val) == [0, 0]


def test_a_signature_without_inputs_keeps_its_state(served: Running) -> None:
    def value(signature: str, **inputs: Any) -> float:
        return predict(served, "counter", inputs, signature).outputs["output"].float_val[0]

    assert [value("reset_counter"), value("incr_counter"), value("incr_counter_by", delta=np.float32(3))] == [0, 1, 4]
    assert value("get_counter") == 4


@pytest.mark.parametrize(
    ("sent", "code", "text"),
    [
        ({"name": ""}, "INVALID_ARGUMENT", "ModelSpec has no name specified."),
        ({"name": "other"}, "NOT_FOUND", "Servable not found for request: Latest(other)"),
        ({"version": 8}, "NOT_FOUND", "Servable not found for request: Specific(half, 8)"),
        ({"label": "stable"}, "INVALID_ARGUMENT", "Unrecognized servable version label: stable"),
        ({"name": "other", "label": "a"}, "INVALID_ARGUMENT", "Unrecognized servable version label: a"),
        ({"signature": "no"}, "FAILED_PRECONDITION", 'Serving signature key "no" not found.'),
        (
            {"inputs": {"b": [1.0], "a": [1.0]}}, "INVALID_ARGUMENT",
            "input size does not match signature: 2!=1 len({a,b}) != len({x}). Sent extra: {a,b}. Missing but required: {x}.",
        ),
        (
            {"inputs": {}}, "INVALID_ARGUMENT",
            "input size does not match signature: 0!=1 len({}) != len({x}). Sent extra: {}. Missing but required: {x}.",
        ),
        (
            {"inputs": {"y": [1.0]}}, "INVALID_ARGUMENT",
            "Signature input alias: x(feed name: x:0) not found in request and no default value provided. "
            "Inputs expected to be in the request {y}, or default input alias set: ",
        ),
        ({"inputs": {"x": TensorProto()}}, "INVALID_ARGUMENT", "tensor parsing error: x"),
        (
            {"inputs": {"y": [1.0]}, "signature": "with_default"}, "INVALID_ARGUMENT",
            "Inputs contains invalid name. Used request inputs: , request input: y",
        ),
        (
            {"output_filter": ["z"]}, "INVALID_ARGUMENT",
            "output tensor alias not found in signature: z Outputs expected to be in the set {y}.",
        ),
        ({"output_filter": ["y", "y"]}, "INVALID_ARGUMENT", "duplicate output tensor alias: y"),
        ({"inputs": {"x": ["a"]}}, "INVALID_ARGUMENT", "Expects arg[0] to be float but string is provided"),
    ],
)  # fmt: skip
def test_predict_refuses(served: Running, sent: dict[str, Any], code: str, text: str) -> None:
    arguments = {"name": "half", "inputs": {"x": [1.0]}} | sent
    got, details = refused(lambda: predict(served, **arguments))
    assert (got.name, details) == (code, text)


def test_a_request_without_a_model_spec_is_refused(served: Running) -> None:
    for send, request in (
        (served.prediction.Predict, predict_pb2.PredictRequest()),
        (served.prediction.Classify, classification_pb2.ClassificationRequest()),
        (served.prediction.Regress, regression_pb2.RegressionRequest()),
        (served.prediction.GetModelMetadata, get_model_metadata_pb2.GetModelMetadataRequest()),
    ):
        code, details = refused(lambda send=send, request=request: send(request))
        assert (code.name, details) == ("INVALID_ARGUMENT", "Missing ModelSpec")


def test_a_default_input_stands_in_for_a_missing_one(served: Running) -> None:
    assert list(predict(served, "half", {}, "with_default").outputs["y"].float_val) == [7.0]
    assert list(predict(served, "half", {"x": [0.0]}, "with_default").outputs["y"].float_val) == [2.0]


def test_classify_and_regress_take_examples(served: Running) -> None:
    response = classify(served, listed(2.0, 4.0), "classify_with_labels")
    found = [[(c.label, c.score) for c in row.classes] for row in response.result.classifications]
    assert found == [[("sum", 3.0)], [("sum", 4.0)]]
    assert response.model_spec.signature_name == "classify_with_labels"
    only = classify(served, listed(2.0), "classify_labels_only").result.classifications[0].classes[0]
    assert (only.label, only.score) == ("sum", 0.0)
    scores = classify(served, listed(2.0), "classify_x_to_y").result.classifications[0].classes[0]
    assert (scores.label, scores.score) == ("", 3.0)
    assert [r.value for r in regress(served, listed(2.0, None)).result.regressions] == [3.0, 2.0]


def test_an_examples_feature_overrides_the_contexts(served: Running) -> None:
    given = input_pb2.Input()
    given.example_list_with_context.context.features.feature["x"].float_list.value.append(10)
    given.example_list_with_context.examples.extend(listed(None, 4.0).example_list.examples)
    assert [r.value for r in regress(served, given).result.regressions] == [7.0, 4.0]


@pytest.mark.parametrize(
    ("send", "signature", "count", "code", "text"),
    [
        (classify, "no", 1, "INVALID_ARGUMENT", "No signature was found with the name: no"),
        (classify, "classify_x_to_y", 0, "INVALID_ARGUMENT", "Input is empty."),
        (classify, "two_inputs", 1, "INVALID_ARGUMENT", "Expected one input Tensor."),
        (regress, "classify_with_labels", 1, "INVALID_ARGUMENT", "Expected one output Tensor."),
        (classify, "", 1, "FAILED_PRECONDITION", "No classification inputs found in SignatureDef: "),
        (regress, "classify_x_to_y", 1, "FAILED_PRECONDITION", "No regression outputs found in SignatureDef: "),
        (classify, "wrong_outputs", 1, "FAILED_PRECONDITION", "Expected classification signature outputs to contain "),
    ],
)
def test_classify_and_regress_refuse(
    served: Running, send: Any, signature: str, count: int, code: str, text: str
) -> None:
    got, details = refused(lambda: send(served, listed(*[1.0] * count), signature))
    assert got.name == code
    assert details.startswith(text)


def test_long_error_texts_are_cut(served: Running) -> None:
    _, details = refused(lambda: predict(served, "x" * 2000, {}))
    assert len(details) == 1024 + len("...TRUNCATED")
    assert details.endswith("...TRUNCATED")


def multi(served: Running, *tasks: tuple[str, str, str]) -> Any:
    request = inference_pb2.MultiInferenceRequest(input=listed(2.0))
    for name, signature, method in tasks:
        task = request.tasks.add(method_name=f"tensorflow/serving/{method}")
        task.model_spec.name, task.model_spec.signature_name = name, signature
    return served.prediction.MultiInference(request)


def test_multi_inference_answers_in_the_order_of_the_tasks(served: Running) -> None:
    results = multi(served, ("half", "regress_x_to_y3", "regress"), ("half", "classify_x_to_y", "classify")).results
    assert results[0].regression_result.regressions[0].value == 4.0
    assert results[1].classification_result.classifications[0].classes[0].score == 3.0
    assert results[1].model_spec.signature_name == "classify_x_to_y"


@pytest.mark.parametrize(
    ("tasks", "code", "text"),
    [
        ([], "INVALID_ARGUMENT", "ModelSpec has no name specified."),
        ([("half", "regress_x_to_y", "regress"), ("", "a", "regress")], "INVALID_ARGUMENT",
         "Found ModelSpec with an empty model name."),
        ([("half", "regress_x_to_y", "regress"), ("counter", "a", "regress")], "INVALID_ARGUMENT",
         "All ModelSpecs in a MultiInferenceRequest must access the same model name."),
        ([("half", "regress_x_to_y", "regress")] * 2, "INVALID_ARGUMENT",
         "Duplicate evaluation of signature: regress_x_to_y"),
        ([("half", "no", "regress")], "INVALID_ARGUMENT", "Requested signature not found in model graph: no"),
        ([("half", "serving_default", "predict")], "UNIMPLEMENTED",
         "Unsupported signature method_name: tensorflow/serving/predict"),
    ],
)  # fmt: skip
def test_multi_inference_refuses(served: Running, tasks: list[Any], code: str, text: str) -> None:
    got, details = refused(lambda: multi(served, *tasks))
    assert (got.name, details) == (code, text)


def test_metadata_has_every_signature(served: Running) -> None:
    request = get_model_metadata_pb2.GetModelMetadataRequest(metadata_field=["signature_def"])
    request.model_spec.name = "half"
    response = served.prediction.GetModelMetadata(request)
    found = get_model_metadata_pb2.SignatureDefMap()
    assert response.metadata["signature_def"].Unpack(found)
    assert {"serving_default", "regress_x_to_y", "classify_x_to_y"} <= set(found.signature_def)
    assert found.signature_def["serving_default"].inputs["x"].name == "x:0"
    assert (response.model_spec.version.value, response.model_spec.signature_name) == (7, "")


@pytest.mark.parametrize(
    ("fields", "text"),
    [
        ([], "GetModelMetadataRequest must specify at least one metadata_field"),
        (["signature_def", "graph"], "Metadata field graph is not supported"),
    ],
)
def test_metadata_refuses_other_fields(served: Running, fields: list[str], text: str) -> None:
    request = get_model_metadata_pb2.GetModelMetadataRequest(metadata_field=fields)
    request.model_spec.name = "half"
    code, details = refused(lambda: served.prediction.GetModelMetadata(request))
    assert (code.name, details) == ("INVALID_ARGUMENT", text)


def test_status_of_all_versions_and_of_one(served: Running) -> None:
    request = get_model_status_pb2.GetModelStatusRequest()
    request.model_spec.name = "half"
    (status,) = served.model.GetModelStatus(request).model_version_status
    assert (status.version, status.state, status.status.error_code) == (7, status.AVAILABLE, 0)
    request.model_spec.version_label = "a label is ignored"
    assert len(served.model.GetModelStatus(request).model_version_status) == 1
    request.model_spec.version.value = 8
    assert refused(lambda: served.model.GetModelStatus(request))[1] == "Could not find version 8 of model half"
    request.model_spec.Clear()
    request.model_spec.name = "no"
    code, details = refused(lambda: served.model.GetModelStatus(request))
    assert (code.name, details) == ("NOT_FOUND", "Could not find any versions of model no")


def test_reload_takes_a_list_of_models_and_nothing_else(served: Running) -> None:
    request = model_management_pb2.ReloadConfigRequest()
    code, details = refused(lambda: served.model.HandleReloadConfigRequest(request))
    assert code.name == "INVALID_ARGUMENT"
    assert details.startswith("ServerModelConfig type not supported by HandleReloadConfigRequest.")


def test_a_deadline_ends_the_run(served: Running) -> None:
    begun = time.monotonic()
    code, _ = refused(lambda: predict(served, "slow", {"n": np.int64([2**62])}, timeout=0.3))
    assert code.name == "DEADLINE_EXCEEDED"
    assert time.monotonic() - begun < 5
    response = predict(served, "slow", {"n": np.int64([3])}, timeout=10)  # the endless run does not block others
    assert list(response.outputs["n"].int64_val) == [3]


def test_concurrent_requests_share_batches_and_get_their_own_rows(served: Running) -> None:
    runs = "/tensorflow/serving/batching_session/wrapped_run_count"
    before = served.metrics.total(runs)
    rows = {i: np.full((1 + i % 3, 2), i, np.float32) for i in range(60)}
    got: dict[int, Any] = {}

    def send(i: int) -> None:
        got[i] = predict(served, "identities", {"rows": rows[i]}, "sums").outputs

    threads = [threading.Thread(target=send, args=(i,)) for i in rows]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {i: list(outputs["sum"].float_val) for i, outputs in got.items()} == {
        i: [2.0 * i] * len(values) for i, values in rows.items()
    }
    assert 0 < served.metrics.total(runs) - before < len(rows)  # some were run together


def test_a_bad_row_fails_its_own_request_alone(served: Running) -> None:
    failed: list[str] = []
    right: list[float] = []

    def send(value: float) -> None:
        try:
            outputs = predict(served, "identities", {"rows": np.float32([[value, value]])}, "sums").outputs
            right.append(outputs["sum"].float_val[0])
        except grpc.RpcError as error:
            failed.append(error.code().name)

    threads = [threading.Thread(target=send, args=(value,)) for value in [1.0] * 30 + [-1.0] * 5]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (failed, right) == (["INVALID_ARGUMENT"] * 5, [2.0] * 30)


def test_health_and_reflection(served: Running) -> None:
    health = health_pb2_grpc.HealthStub(served.channel)
    for name in ("", "ModelService", "PredictionService"):
        assert (
            health.Check(health_pb2.HealthCheckRequest(service=name)).status == health_pb2.HealthCheckResponse.SERVING
        )
    assert refused(lambda: health.Check(health_pb2.HealthCheckRequest(service="x")))[0].name == "NOT_FOUND"
    services = set(ProtoReflectionDescriptorDatabase(served.channel).get_services())
    assert {
        "tensorflow.serving.PredictionService",
        "tensorflow.serving.ModelService",
        "grpc.health.v1.Health",
    } <= services
