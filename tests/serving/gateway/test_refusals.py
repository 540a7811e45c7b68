"""What is refused: each with its status, and a problem document with the next step."""

import base64
import json
import socket
import time
from functools import partial
from typing import Any

import httpx
import pytest

from serving.gateway.problems import KINDS
from tests.pictures import BROKEN, PNG, TOO_LARGE, drawn, encoded
from tests.serving.gateway.conftest import Start, World
from tests.serving.gateway.running import Running

JSON = {"content-type": "application/json"}
BASE64_PNG = base64.b64encode(PNG).decode()


def problem(answer: httpx.Response, status: int, kind: str) -> dict[str, Any]:
    """The document of an answer that must be this problem."""
    document: dict[str, Any] = answer.json()
    assert (answer.status_code, document["type"]) == (status, f"/docs#{kind}"), document
    assert answer.headers["content-type"] == "application/problem+json"
    assert document["status"] == status == KINDS[kind][0]
    assert document["request_id"] == answer.headers["x-request-id"]
    assert document["title"] and document["detail"]
    return document


def test_a_wrong_value_is_named_by_field_with_what_is_allowed_and_an_example(gateway: Running) -> None:
    found = problem(gateway.predict("titanic", {"input": {"Age": "old", "Sex": "male"}}), 422, "invalid-input")
    assert found["errors"] == [
        {
            "pointer": "/input/Age",
            "field": "Age",
            "received": "'old'",
            "allowed": "a finite number (up to 3.4e38, float32), or null where it is missing",
            "example": 22.0,
            "detail": found["detail"],
        }
    ]
    assert found["detail"].startswith("titanic, field 'Age': received 'old'; a finite number")
    assert found["example"] == {"input": {"Age": 22.0, "Sex": "male"}}
    assert found["instance"] == "/v1/models/titanic/predict"


def test_each_wrong_input_of_many_is_named_by_its_place(gateway: Running, world: World) -> None:
    inputs = [{"Age": 1}, {"Age": True}, {"age": 1}]
    found = problem(gateway.predict("titanic", {"inputs": inputs}), 422, "invalid-input")
    assert [error["pointer"] for error in found["errors"]] == ["/inputs/1/Age", "/inputs/2/age"]
    assert found["detail"].startswith("inputs[1]: titanic, field 'Age': received True")
    assert world.server.requests == []


def test_a_field_with_a_slash_has_a_pointer_by_the_rules(gateway: Running) -> None:
    found = problem(gateway.predict("titanic", {"input": {"a/b~": 1}}), 422, "invalid-input")
    assert found["errors"][0]["pointer"] == "/input/a~1b~0"


def test_not_more_than_ten_errors_are_listed(gateway: Running) -> None:
    found = problem(gateway.predict("titanic", {"inputs": [{"Age": "x"}] * 40}), 422, "invalid-input")
    assert len(found["errors"]) == 10


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b"", "the body is empty"),
        (b"{", "the body is not JSON"),
        (b"\xff", "the body is not JSON"),
        (b"[" * 5000 + b"]" * 5000, "the body is not JSON"),
        (b'{"input": {"Age": NaN}}', "the body is not JSON"),
        (b"[]", "the body is []"),
        (b"null", "the body is None"),
        (b"{}", "an object with nothing"),
        (b'{"Age": 3}', "an object with 'Age'"),
        (b'{"input": {}, "inputs": []}', "an object with 'input', 'inputs'"),
        (b'{"inputs": []}', "a list of at least one input"),
        (b'{"inputs": {}}', "a list of at least one input"),
        (b'{"input": 3}', "an object is expected"),
        (b'{"input": {"Age": 1e39}}', "a finite number"),
        (b'{"input": {"Age": 123456789012345678901234567890123456789000}}', "a finite number"),
    ],
)
def test_a_body_of_another_form_is_refused(gateway: Running, world: World, body: bytes, message: str) -> None:
    answer = gateway.http.post("/v1/models/titanic/predict", content=body, headers=JSON)
    found = problem(answer, 422, "invalid-input")
    assert message in found["detail"]
    assert found["example"] == {"input": {"Age": 22.0, "Sex": "male"}}
    assert world.server.requests == []


@pytest.mark.parametrize(
    "value", ["no base64!", "R0lGODlh", "", 5, None, {"b64": 5}, "data:image/png,xyz", [PNG.hex()]]
)
def test_what_is_no_picture_is_refused(gateway: Running, value: Any) -> None:
    found = problem(gateway.predict("digits", {"input": value}), 422, "invalid-input")
    assert found["errors"][0]["field"] == "image"
    assert found["example"] == {"input": BASE64_PNG}


@pytest.mark.parametrize(
    "body",
    [b'{"input":{"Age":1,"Sex":"male","Age":2}}', b'{"input":{},"input":{}}', b'{"inputs":[{"Age" : 1,"Age" : 2}]}'],
)
def test_a_key_that_stands_twice_is_refused(gateway: Running, world: World, body: bytes) -> None:
    """Parsers differ in which one they keep: a filter before the gateway may have read the other one."""
    found = problem(gateway.http.post("/v1/models/titanic/predict", content=body, headers=JSON), 422, "invalid-input")
    assert "stands twice in an object; give each once" in found["detail"]
    assert world.server.requests == []


@pytest.mark.parametrize("many", [False, True])
def test_a_picture_of_too_many_pixels_is_refused_by_its_header(gateway: Running, world: World, many: bool) -> None:
    files = [("file", PNG), ("file", TOO_LARGE)] if many else [("file", TOO_LARGE)]
    found = problem(gateway.http.post("/v1/models/digits/predict", files=files), 413, "too-large")
    (error,) = found["errors"]
    assert (error["pointer"], error["received"]) == (
        "/inputs/1/image" if many else "/input/image",
        "a picture of 20,000 x 20,000 pixels",
    )
    assert error["allowed"] == "a picture of up to 50,000,000 pixels" and error["detail"] == found["detail"]
    assert world.server.requests == []


def test_the_most_pixels_are_a_setting(own: World, start: Start) -> None:
    gateway = start(own, "--max-megapixels", "0.001")
    post = partial(gateway.http.post, "/v1/models/digits/predict")
    assert post(files={"file": encoded(drawn(size=(40, 25)))}).status_code == 200
    for kind in ("PNG", "WEBP", "BMP"):
        found = problem(post(files={"file": encoded(drawn(size=(41, 25)), kind)}), 413, "too-large")
        assert "received a picture of 41 x 25 pixels; a picture of up to 1,000 pixels" in found["detail"]


@pytest.mark.parametrize("many", [False, True])
def test_a_damaged_picture_that_has_to_be_converted_is_named(gateway: Running, world: World, many: bool) -> None:
    damaged = encoded(drawn(), "WEBP")[:60]
    files = [("file", PNG), ("file", damaged)] if many else [("file", damaged)]
    found = problem(gateway.http.post("/v1/models/digits/predict", files=files), 422, "invalid-input")
    (error,) = found["errors"]
    assert error["pointer"] == ("/inputs/1/image" if many else "/input/image")
    assert "damaged" in error["received"] and "a PNG, JPEG, WEBP, BMP or GIF file is expected" in found["detail"]
    assert world.server.requests == []


def test_a_broken_picture_is_named(gateway: Running) -> None:
    answer = gateway.http.post("/v1/models/digits/predict", files={"file": BROKEN})
    found = problem(answer, 422, "invalid-input")
    assert found["errors"][0]["pointer"] == "/input/image"
    assert "cannot be decoded (Invalid JPEG data, size 10)" in found["detail"]


@pytest.mark.parametrize("place", [0, 3, 6])
def test_a_broken_picture_among_many_is_named_by_its_place(gateway: Running, place: int) -> None:
    files = [("file", BROKEN if i in (place, 6) else PNG) for i in range(7)]
    found = problem(gateway.http.post("/v1/models/digits/predict", files=files), 422, "invalid-input")
    assert found["errors"][0]["pointer"] == f"/inputs/{place}/image"


@pytest.mark.parametrize(
    ("header", "body", "message"),
    [
        ("multipart/form-data", b"", "has no boundary"),
        ("multipart/form-data; boundary=b", b"nothing", "the form cannot be read"),
        ("multipart/form-data; boundary=b", b"--b\r\n\r\nx\r\n--b--\r\n", "a part has no name"),
        (
            "multipart/form-data; boundary=b",
            b'--b\r\nContent-Disposition: form-data; name="file"\r\n\r\nx\r\n',
            "no end",
        ),
        ("multipart/form-data; boundary=b", b"--b--\r\n", "has no part"),
    ],
)
def test_a_broken_form_is_refused(gateway: Running, header: str, body: bytes, message: str) -> None:
    answer = gateway.http.post("/v1/models/digits/predict", content=body, headers={"content-type": header})
    assert message in problem(answer, 422, "invalid-input")["detail"]


def test_a_forms_unknown_part_is_named(gateway: Running) -> None:
    answer = gateway.http.post("/v1/models/digits/predict", files={"picture": PNG})
    assert "a part 'picture'; 'file' or 'image'" in problem(answer, 422, "invalid-input")["detail"]


@pytest.mark.parametrize(
    ("model", "kind"),
    [
        ("titanic", "text/plain"),
        ("titanic", "image/png"),
        ("titanic", "multipart/form-data; boundary=b"),
        ("reviews", "multipart/form-data; boundary=b"),
        ("digits", "text/plain"),
        ("reviews", "image/png"),
        ("digits", "text/html"),
        ("digits", "nonsense"),
    ],
)
def test_another_content_type_is_refused_with_those_that_are_read(gateway: Running, model: str, kind: str) -> None:
    answer = gateway.http.post(f"/v1/models/{model}/predict", content=b"x", headers={"content-type": kind})
    found = problem(answer, 415, "unsupported-media-type")
    assert found["allowed"][0] == "application/json"
    assert answer.headers["accept-post"] == ", ".join(found["allowed"])


def test_a_body_of_curl_is_json_without_a_header_for_it(gateway: Running) -> None:
    header = {"content-type": "application/x-www-form-urlencoded"}
    answer = gateway.http.post("/v1/models/titanic/predict", content=b'{"input": {"Age": 30}}', headers=header)
    assert answer.status_code == 200
    answer = gateway.http.post("/v1/models/titanic/predict", data={"input": "{}"})  # a form is not JSON
    assert problem(answer, 422, "invalid-input")


def test_a_compressed_body_is_refused(gateway: Running) -> None:
    answer = gateway.predict("titanic", {"input": {}}, headers={"content-encoding": "gzip"})
    assert "Content-Encoding 'gzip'" in problem(answer, 415, "unsupported-media-type")["detail"]


@pytest.mark.parametrize("accept", ["text/html", "application/json;q=0", "image/*, text/plain;q=0.5"])
@pytest.mark.parametrize("path", ["/v1/models", "/v1/models/titanic"])
def test_an_accept_header_without_json_is_refused(gateway: Running, accept: str, path: str) -> None:
    problem(gateway.http.get(path, headers={"accept": accept}), 406, "not-acceptable")
    problem(gateway.predict("titanic", {"input": {}}, headers={"accept": accept}), 406, "not-acceptable")


@pytest.mark.parametrize("accept", ["*/*", "application/json", "text/html, application/*;q=0.1", "Application/JSON"])
def test_an_accept_header_with_json_among_others_is_answered(gateway: Running, accept: str) -> None:
    assert gateway.predict("titanic", {"input": {}}, headers={"accept": accept}).status_code == 200


@pytest.mark.parametrize(
    "query",
    [
        *("probabilities=yes", "probabilities=", "top=0", "top=-1", "top=1001", "top=1.5", "top=", "top=²"),
        *("tops=3", "=1", "top=1&top=2", "top=99999999999999999999"),
    ],
)
def test_a_wrong_query_parameter_is_refused(gateway: Running, query: str) -> None:
    answer = gateway.predict("titanic", {"input": {}}, path=f"/v1/models/titanic/predict?{query}")
    assert problem(answer, 422, "invalid-parameter")["parameter"] == query.partition("=")[0]


@pytest.mark.parametrize("query", ["probabilities=true", "top=3"])
def test_a_regression_has_no_classes(gateway: Running, world: World, query: str) -> None:
    answer = gateway.predict("mpg", {"input": {}}, path=f"/v1/models/mpg/predict?{query}")
    assert "mpg is a regression" in problem(answer, 422, "invalid-parameter")["detail"]
    assert world.server.requests == []


@pytest.mark.parametrize("path", ["", "/versions/1.0.0", "/labels/stable"])
def test_an_unknown_model_is_not_found(gateway: Running, path: str) -> None:
    answer = gateway.predict("nix", {"input": {}}, path=f"/v1/models/nix{path}/predict")
    assert "no model 'nix'" in problem(answer, 404, "unknown-model")["detail"]


@pytest.mark.parametrize(
    "path", ["/", "/nothing", "/v1/models/", "/v1/models/titanic/predict/", "/v1/models/a/b/c", "/%ff"]
)
def test_an_unknown_page_is_not_found(gateway: Running, path: str) -> None:
    assert "/docs" in problem(gateway.http.get(path), 404, "not-found")["detail"]


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("GET", "/v1/models/titanic/predict", "POST"),
        ("DELETE", "/v1/models/titanic/predict", "POST"),
        ("POST", "/v1/models", "GET"),
        ("PUT", "/v1/models/titanic", "GET"),
        ("POST", "/healthz", "GET"),
    ],
)
def test_another_method_is_refused_with_those_that_are_allowed(
    gateway: Running, method: str, path: str, allowed: str
) -> None:
    answer = gateway.http.request(method, path)
    problem(answer, 405, "method-not-allowed")
    assert answer.headers["allow"] == allowed


def test_too_many_inputs_are_refused(gateway: Running, world: World) -> None:
    assert gateway.predict("titanic", {"inputs": [{}] * 50}).status_code == 200
    found = problem(gateway.predict("titanic", {"inputs": [{}] * 51}), 413, "too-large")
    assert (found["received"], found["allowed"]) == (51, 50)


def test_a_declared_length_above_the_limit_is_refused_before_the_body_is_read(gateway: Running) -> None:
    host, port = gateway.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=10) as wire:
        wire.sendall(
            b"POST /v1/models/titanic/predict HTTP/1.1\r\nHost: localhost\r\nContent-Length: 999999999999\r\n\r\n"
        )
        answer = wire.recv(65536)
    assert answer.startswith(b"HTTP/1.1 413")
    assert b"connection: close" in answer.lower()


def test_a_body_that_becomes_too_large_is_refused(gateway: Running) -> None:
    pieces = (b" " * 100_000 for _ in range(11))
    found = problem(gateway.http.post("/v1/models/titanic/predict", content=pieces), 413, "too-large")
    assert found["allowed"] == 1_000_000


def test_a_body_that_does_not_come_is_waited_for_no_longer_than_the_limit(gateway: Running) -> None:
    host, port = gateway.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=20) as wire:
        wire.sendall(b"POST /v1/models/titanic/predict HTTP/1.1\r\nHost: localhost\r\nContent-Length: 20\r\n\r\n{")
        answer = b""
        while chunk := wire.recv(65536):
            answer += chunk
    assert answer.startswith(b"HTTP/1.1 408")
    assert json.loads(answer.partition(b"\r\n\r\n")[2])["type"] == "/docs#body-too-slow"


def test_an_answer_that_is_not_finite_is_the_inputs_fault_not_invalid_json(gateway: Running) -> None:
    inputs = [{"weight": 1.0}, {"weight": None}]
    found = problem(gateway.predict("mpg", {"inputs": inputs}), 422, "no-finite-answer")
    assert "inputs[1]: the value that mpg 1.0.0 gives is nan" in found["detail"]


def test_a_callers_request_id_is_kept_and_passed_on(gateway: Running, world: World) -> None:
    answer = gateway.predict("titanic", {"input": {}}, headers={"x-request-id": "trace-42"})
    assert answer.headers["x-request-id"] == "trace-42"
    assert world.server.request_ids[-1] == "trace-42"


@pytest.mark.parametrize("sent", ["", "a b", "x" * 200, 'a"b', "a\tb"])
def test_a_request_id_that_could_spoil_a_log_is_replaced(gateway: Running, sent: str) -> None:
    given = gateway.http.get("/healthz", headers={"x-request-id": sent}).headers["x-request-id"]
    assert given != sent and len(given) == 32


def test_a_client_that_goes_away_is_no_bug(gateway: Running) -> None:
    host, port = gateway.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=10) as wire:
        wire.sendall(
            b"POST /v1/models/titanic/predict HTTP/1.1\r\nHost: localhost\r\nX-Request-ID: gone\r\n"
            b"Content-Length: 20\r\n\r\n{"
        )
        time.sleep(0.2)
    time.sleep(0.3)
    (line,) = [line for line in gateway.requests if line["request_id"] == "gone"]
    assert line["status"] == 499
    assert not [line for line in gateway.log if line["event"] == "a bug of ours"]
