"""The REST API over real models: what comes back, with which code and which text."""

import json
from typing import Any

import httpx
import pytest

from tests.serving.model_server.rest.conftest import Rest
from tests.serving.model_server.running import Running

HALF = "/v1/models/half"


@pytest.mark.parametrize("path", [HALF, f"{HALF}/versions/7", "/V1/MODELS/half/VERSIONS/007"])
@pytest.mark.parametrize(
    ("body", "answer"),
    [
        ({"instances": [2.0, 3.0, 4.0]}, {"predictions": [3.0, 3.5, 4.0]}),
        ({"instances": [[1.0, 2.0], [3.0, 4.0]]}, {"predictions": [[2.5, 3.0], [3.5, 4.0]]}),
        ({"instances": [{"x": 2}]}, {"predictions": [3.0]}),
        ({"inputs": [2.0, 3.0, 4.0]}, {"outputs": [3.0, 3.5, 4.0]}),
        ({"inputs": {"x": 2}}, {"outputs": 3.0}),
        ({"signature_name": "serving_default", "inputs": [3.0]}, {"outputs": [3.5]}),
        ({"signature_name": "", "inputs": [3.0]}, {"outputs": [3.5]}),
    ],
)
def test_predict(rest: Rest, path: str, body: Any, answer: Any) -> None:
    response = rest.post(f"{path}:predict", json.dumps(body))
    assert (response.status_code, response.json()) == (200, answer)
    assert response.headers["content-type"] == "application/json"


@pytest.mark.parametrize(
    ("dtype", "values"),
    [("float32", [1.5, -2.0]), ("float64", [0.1, 1e300]), ("int8", [-3]), ("uint8", [255]), ("int16", [7]), ("int32", [-9]),
     ("uint32", [2**32 - 1]), ("int64", [-(2**63)]), ("uint64", [2**64 - 1]), ("bool", [True, False]), ("string", ["é", ""])],
)  # fmt: skip
def test_every_dtype_there_and_back(rest: Rest, dtype: str, values: list[Any]) -> None:
    for shape in (values, [values], [[values], [values]]):
        body = {"signature_name": dtype, "instances": shape}
        assert rest.post("/v1/models/identities:predict", json.dumps(body)).json() == {"predictions": shape}
        body = {"signature_name": dtype, "inputs": shape}
        assert rest.post("/v1/models/identities:predict", json.dumps(body)).json() == {"outputs": shape}


def test_several_outputs_and_column_objects(rest: Rest) -> None:
    body = {"signature_name": "sums", "instances": [{"rows": [1, 2]}, {"rows": [3, 4]}]}
    rows = rest.post("/v1/models/identities:predict", json.dumps(body)).json()["predictions"]
    assert [row["sum"] for row in rows] == [3, 7]
    body = {"signature_name": "sums", "inputs": {"rows": [[1, 2]], "other": 5}}
    assert rest.post("/v1/models/identities:predict", json.dumps(body)).json() == {
        "outputs": {"batch": [1], "sum": [3.0]}
    }


@pytest.mark.parametrize(
    ("path", "body", "status", "text"),
    [
        (f"{HALF}:predict", "", 400, "JSON Parse error: The document is empty"),
        (f"{HALF}:predict", "instances = [1, 2]", 400, "JSON Parse error: Invalid value. at offset: 0"),
        (f"{HALF}:predict", '{"instances": ["x", "y"]}', 400, "not of expected type: float"),
        (f"{HALF}:predict", '{"signature_name": 100}', 400, "'signature_name' key must be a string value."),
        (f"{HALF}:predict", '{"signature_name": "s"}', 400, 'Serving signature name: "s" not found in signature def'),
        (f"{HALF}:predict", "{}", 400, "Missing 'inputs' or 'instances' key"),
        (f"{HALF}/labels/none:predict", '{"instances": ["x"]}', 400, "Unrecognized servable version label: none"),
        (f"{HALF}/versions/99:predict", "{}", 404, "Servable not found for request: Specific(half, 99)"),
        ("/v1/models/foo:predict", "{}", 404, "Servable not found for request: Latest(foo)"),
        ("/v1/models/foo:predict", "{", 400, "JSON Parse error: Missing a name for object member. at offset: 1"),
        ("/v1/models/foo%2f%3a:predict", "{}", 404, "Servable not found for request: Latest(foo/:)"),
        ("/v1/models/counter:predict", '{"signature_name": "get_counter", "instances": [1]}', 400,
         "Failed to get input map for signature: get_counter"),
        ("/v1/models/counter:predict", '{"signature_name": "incr_counter_by", "instances": [{"delta": [1, 2]}]}', 400, ""),
        ("/v1/models/identities:predict", '{"signature_name": "float16", "inputs": [1]}', 501,
         "Conversion of JSON Value: 1 to type: half"),
        ("/v1/models/identities:predict", '{"signature_name": "float16", "instances": [1]}', 400,
         "Error: UNIMPLEMENTED: Conversion of JSON Value: 1 to type: half"),
        ("/v1/models/identities:predict", '{"signature_name": "complex64", "inputs": []}', 200, ""),
        ("/v1/models/identities:predict", '{"signature_name": "sums", "inputs": [[-1, 2]]}', 400, "negative row"),
        ("/v1/models/identities:predict", '{"signature_name": "sums", "inputs": ' + "[" * 300 + "]" * 300 + "}", 400,
         "tensor parsing error: rows"),
        (f"{HALF}:classify", "{}", 400, "When method is classify, key 'examples' is expected and was not found"),
        (f"{HALF}:classify", '{"examples": [{"x": 1.0}]}', 400, ""),
        (f"{HALF}:classify", '{"signature_name": "none", "examples": [{}]}', 400,
         "No signature was found with the name: none"),
        ("/v1/models/foo:regress", '{"examples": []}', 400, "'examples' value is an empty array"),
        ("/v1/models/foo:regress", '{"examples": [{}]}', 404, "Servable not found for request: Latest(foo)"),
        (f"{HALF}:regress", '{"signature_name": "regress_x_to_y", "examples": [{"x": 1}]}', 400, ""),
        (f"{HALF}:PREDICT", "{}", 400, f"Malformed request: POST {HALF}:PREDICT"),
        (f"{HALF}:predict?x=1", "{}", 400, f"Malformed request: POST {HALF}:predict?x=1"),
        (f"{HALF}/versions/18446744073709551615:predict", "{}", 400,
         "Failed to convert version: 18446744073709551615 to numeric."),
    ],
)  # fmt: skip
def test_errors(rest: Rest, path: str, body: str, status: int, text: str) -> None:
    response = rest.post(path, body)
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == "application/json"
    if status != 200:
        assert list(response.json()) == ["error"]
        assert response.json()["error"].endswith(text) or text in response.json()["error"]


def test_a_scalar_output_has_no_rows(rest: Rest) -> None:
    body = '{"signature_name": "incr_counter_by", "%s": {"delta": 0}}'
    column = rest.post("/v1/models/counter:predict", body % "inputs")
    assert (column.status_code, list(column.json())) == (200, ["outputs"])
    assert isinstance(column.json()["outputs"], float)


def test_classify(rest: Rest) -> None:
    body = {"signature_name": "classify_x_to_y", "examples": [{"x": 20.0}, {}]}
    assert rest.post(f"{HALF}:classify", json.dumps(body)).json() == {"results": [[["", 12.0]], [["", 2.0]]]}
    body = {"signature_name": "classify_with_labels", "context": {"x": 4.0}, "examples": [{"x": 20.0}, {}]}
    assert rest.post(f"{HALF}:classify", json.dumps(body)).json() == {"results": [[["sum", 12.0]], [["sum", 4.0]]]}


def test_regress(rest: Rest) -> None:
    body = {"signature_name": "regress_x_to_y", "examples": [{"x": 80.0}]}
    assert rest.post(f"{HALF}/versions/7:regress", json.dumps(body)).json() == {"results": [42.0]}


def test_status(rest: Rest) -> None:
    expected = {"version": "7", "state": "AVAILABLE", "status": {"error_code": "OK", "error_message": ""}}
    for path in (HALF, f"{HALF}/versions/7", f"{HALF}/labels/any", f"{HALF}/METADATA"):
        response = rest.client.get(path)
        assert (response.status_code, response.json()) == (200, {"model_version_status": [expected]})
    assert rest.client.get(HALF).text.startswith('{\n "model_version_status": [\n  {\n   "version": "7",\n')


@pytest.mark.parametrize(
    ("path", "status", "text"),
    [
        (f"{HALF}/versions/9", 404, "Could not find version 9 of model half"),
        ("/v1/models/foo", 404, "Could not find any versions of model foo"),
        (f"{HALF}?x=1", 404, "Could not find any versions of model half?x=1"),
        ("/v1/models", 400, "Missing model name in request."),
        ("/v1/models/versions/3", 400, "Missing model name in request."),
        ("/v1/models/foo/metadata", 404, "Servable not found for request: Latest(foo)"),
        (f"{HALF}/labels/none/metadata", 400, "Unrecognized servable version label: none"),
        ("/v1/foo", 400, "Malformed request: GET /v1/foo"),
        (f"{HALF}/", 400, f"Malformed request: GET {HALF}/"),
    ],
)
def test_errors_of_status_and_metadata(rest: Rest, path: str, status: int, text: str) -> None:
    response = rest.client.get(path)
    assert (response.status_code, response.json()) == (status, {"error": text})


def test_metadata(rest: Rest) -> None:
    found = rest.client.get(f"{HALF}/metadata").json()
    assert found["model_spec"] == {"name": "half", "signature_name": "", "version": "7"}
    signatures = found["metadata"]["signature_def"]["signature_def"]
    assert signatures["serving_default"] == {
        "inputs": {"x": signatures["serving_default"]["inputs"]["x"]},
        "outputs": signatures["serving_default"]["outputs"],
        "method_name": "tensorflow/serving/predict",
        "defaults": {},
    }
    examples = signatures["classify_x_to_y"]["inputs"]["inputs"]
    assert (examples["dtype"], examples["tensor_shape"]) == ("DT_STRING", {"dim": [], "unknown_rank": True})
    found = rest.client.get("/v1/models/identities/versions/7/metadata").json()
    rows = found["metadata"]["signature_def"]["signature_def"]["sums"]["inputs"]["rows"]
    assert rows == {
        "name": "rows:0",
        "dtype": "DT_FLOAT",
        "tensor_shape": {"dim": [{"size": "-1", "name": ""}, {"size": "2", "name": ""}], "unknown_rank": False},
    }


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "HEAD"])
def test_other_methods(rest: Rest, method: str) -> None:
    response = rest.client.request(method, f"{HALF}:predict")
    assert (response.status_code, response.reason_phrase) == (400, "Bad Request")
    assert response.text == (
        "" if method == "HEAD" else f'{{\n    "error": "Malformed request: {method} {HALF}:predict"\n}}'
    )


@pytest.mark.parametrize(
    ("origin", "status"), [("http://a", 200), ("https://a", 200), ("null", 400), ("", 400), ("ftp://a", 400)]
)
def test_options(rest: Rest, origin: str, status: int) -> None:
    response = rest.client.options("/v1/anything", headers={"Origin": origin})
    assert (response.status_code, response.content, response.headers["content-length"]) == (status, b"", "0")
    assert "access-control-allow-origin" not in response.headers


def test_cors(served: Running) -> None:
    rest = Rest(served, cors=True, page=False)
    try:
        answers = [
            rest.client.get(HALF), rest.client.get("/v1/foo"), rest.client.options(HALF), rest.post(f"{HALF}:predict", "{}"),
        ]  # fmt: skip
        for answer in answers:
            assert answer.headers["access-control-allow-origin"] == "*"
            assert answer.headers["access-control-allow-methods"] == "POST, GET"
            assert answer.headers["access-control-allow-headers"] == "Content-Type"
        assert rest.client.get("/monitoring/prometheus/metrics").status_code == 404
    finally:
        rest.stop()


def test_a_run_that_takes_too_long(served: Running) -> None:
    rest = Rest(served, timeout=0.2)
    try:
        response = rest.post("/v1/models/slow:predict", '{"inputs": [100000000]}')
        assert (response.status_code, response.reason_phrase) == (504, "Gateway Time-out")
        assert response.json()["error"]
    finally:
        rest.stop()


def test_the_metrics_page(served: Running) -> None:
    rest = Rest(served)
    try:
        rest.post(f"{HALF}:predict", '{"instances": [1.0]}')
        rest.post(f"{HALF}:predict", '{"instances": 1}')
        rest.client.get(HALF)
        rest.client.get("/v1/foo")
        page = rest.client.get("/monitoring/prometheus/metrics")
        assert (page.status_code, page.headers["content-type"]) == (200, "text/plain")
        count = ":tensorflow:serving:request_count"
        assert [line for line in page.text.splitlines() if line.startswith(count)] == [
            f'{count}{{model_name="",status="INVALID_ARGUMENT"}} 1',
            f'{count}{{model_name="half",status="INVALID_ARGUMENT"}} 1',
            f'{count}{{model_name="half",status="OK"}} 2',
        ]
        latency = ":tensorflow:serving:request_latency_count"
        assert [line for line in page.text.splitlines() if line.startswith(latency)] == [
            f'{latency}{{model_name="half",API="",entrypoint="REST"}} 1',
            f'{latency}{{model_name="half",API="predict",entrypoint="REST"}} 1',
        ]
        posted: httpx.Response = rest.post("/monitoring/prometheus/metrics", "x")
        assert posted.status_code == 200
        wrong = rest.client.get("/monitoring/prometheus/metrics?x")
        text = "Unexpected path: /monitoring/prometheus/metrics?x. Should be /monitoring/prometheus/metrics"
        assert (wrong.status_code, wrong.text, wrong.headers["content-type"]) == (400, text, "text/plain")
    finally:
        rest.stop()


def test_overload_is_refused_at_once(served: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    rest = Rest(served)
    monkeypatch.setattr(served.core, "most_in_progress", 0)
    try:
        response = rest.post(f"{HALF}:predict", '{"instances": [1.0]}')
        assert (response.status_code, response.reason_phrase) == (503, "Service Unavailable")
        assert "queue" in response.json()["error"]
        assert rest.client.get(HALF).status_code == 200
    finally:
        rest.stop()
