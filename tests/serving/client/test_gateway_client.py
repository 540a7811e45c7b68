"""Clients of the gateway against a real HTTP server that answers as each test defines."""

import asyncio
import base64
import json
import math
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.requests import Request
from starlette.responses import Response

from serving.client import (
    AsyncGatewayClient,
    CallTimeoutError,
    GatewayClient,
    InvalidInputError,
    OverloadedError,
    Prediction,
    ServingCallError,
    TooLargeError,
    UnauthorizedError,
    UnavailableError,
    UnexpectedAnswerError,
    UnknownModelError,
    Version,
)
from serving.client import gateway_messages as messages
from serving.client.async_client import InferenceRequest
from tests.serving.client.servers import Http, free_port, problem

TITANIC = {"model": "titanic", "version": "1.0.0", "serving_version": 7}
SURVIVED = {"class": "survived", "confidence": 0.75}
ENTRY = {"field": "Age", "received": "'old'", "allowed": "a number", "example": 35.0, "detail": "Age: received 'old'"}


def as_json(content: Any) -> Any:
    return lambda request, body: Response(json.dumps(content), media_type="application/json")


def test_one_input_returns_a_typed_answer(gateway: Http) -> None:
    gateway.answer = as_json({"output": SURVIVED, **TITANIC})
    with GatewayClient(gateway.url + "/", api_key="slk_1") as client:
        answer = client.predict("titanic", {"Sex": "female", "Age": math.nan})
    assert answer == Prediction("survived", 0.75, None, None, "titanic", "1.0.0", 7)
    ((method, path, headers),) = gateway.seen
    assert (method, path, headers["authorization"]) == ("POST", "/v1/models/titanic/predict", "Bearer slk_1")
    assert headers["content-type"] == headers["accept"] == "application/json"
    assert json.loads(gateway.bodies[0]) == {"input": {"Sex": "female", "Age": None}}


def test_many_inputs_are_one_request(gateway: Http) -> None:
    gateway.answer = as_json({"outputs": [{"value": 2.5}, {"value": -1}], **TITANIC})
    with GatewayClient(gateway.url) as client:
        assert client.predict_many("titanic", []) == []
        answers = client.predict_many("titanic", [{}, {"Age": np.int64(3), "Fare": np.float32(0.5)}])
    assert [answer.value for answer in answers] == [2.5, -1.0] and answers[0].class_ is None
    assert [json.loads(body) for body in gateway.bodies] == [{"inputs": [{}, {"Age": 3, "Fare": 0.5}]}]
    assert "authorization" not in gateway.seen[0][2]


@pytest.mark.parametrize(
    ("options", "path"),
    [
        ({"version": "1.2.0"}, "/v1/models/m/versions/1.2.0/predict"),
        ({"version": 1795}, "/v1/models/m/versions/1795/predict"),
        ({"label": "stable/é"}, "/v1/models/m/labels/stable/é/predict"),
        ({"probabilities": True}, "/v1/models/m/predict?probabilities=true"),
        ({"top": 2}, "/v1/models/m/predict?top=2"),
    ],
)
def test_the_options_are_part_of_the_path(gateway: Http, options: dict[str, Any], path: str) -> None:
    top = [{"class": "b", "confidence": 0.7}, {"class": "c", "confidence": 0.2}]
    output = {"class": "b", "confidence": 0.7, "probabilities": {"a": 0.1, "b": 0.7, "c": 0.2}, "top": top}
    gateway.answer = as_json({"output": output, **TITANIC})
    with GatewayClient(gateway.url) as client:
        answer = client.predict("m", {}, **options)
    assert gateway.seen[0][1] == path
    assert list(answer.probabilities or {}) == (["b", "c"] if "top" in options else ["a", "b", "c"])


def test_a_picture_is_bytes_or_a_path_and_travels_as_base64(gateway: Http, tmp_path: Path) -> None:
    gateway.answer = as_json({"outputs": [SURVIVED, SURVIVED], **TITANIC})
    (tmp_path / "x.png").write_bytes(b"\x89PNG")
    with GatewayClient(gateway.url) as client:
        client.predict_many("digits", [b"\x89PNG", {"image": tmp_path / "x.png"}])
        with pytest.raises(InvalidInputError, match=r"cannot read the picture .*nope.png: No such file or directory"):
            client.predict("digits", tmp_path / "nope.png")
    picture = {"b64": base64.b64encode(b"\x89PNG").decode()}
    assert json.loads(gateway.bodies[0]) == {"inputs": [picture, {"image": picture}]}


@pytest.mark.parametrize("value", [math.inf, {"Age": -math.inf}, object(), {"Age": {1, 2}}, {(1, 2): 3}])
def test_what_json_cannot_carry_is_not_sent(gateway: Http, value: Any) -> None:
    with GatewayClient(gateway.url) as client, pytest.raises(InvalidInputError, match=r"titanic: received .* JSON"):
        client.predict("titanic", value)
    assert gateway.seen == []


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"version": "1.0.0", "label": "stable"}, "version '1.0.0' and label 'stable'; give one of them"),
        ({"top": 0}, "received top=0; a whole number of at least 1 is expected"),
        ({"top": True}, "received top=True"),
        ({"name": ""}, "an empty name"),
    ],
)
def test_invalid_options_are_not_sent(gateway: Http, options: dict[str, Any], message: str) -> None:
    with GatewayClient(gateway.url) as client, pytest.raises(InvalidInputError, match=message):
        client.predict(**{"name": "titanic", "input": {}, **options})
    assert gateway.seen == []


@pytest.mark.parametrize(
    ("answer", "kind", "message"),
    [
        (
            problem("invalid-input", 422, "Age: received 'old'", errors=[ENTRY]),
            InvalidInputError,
            "Age: received 'old'",
        ),
        (problem("too-large", 413, "up to 1,000 are allowed"), TooLargeError, "up to 1,000 are allowed"),
        (problem("unknown-model", 404, "there is no model 'x'"), UnknownModelError, "there is no model 'x'"),
        (problem("not-found", 404, "no page"), UnexpectedAnswerError, "no page; is it a Slipway gateway?"),
        (problem("key-missing", 401, "send\na key"), UnauthorizedError, "send a key"),
        (problem("not-allowed", 403, "not for titanic"), UnauthorizedError, "not for titanic"),
        (problem("upstream-unavailable", 503, "it is down"), UnavailableError, "it is down"),
        (problem("too-slow", 504, "too slow"), CallTimeoutError, "too slow"),
        (problem("bug", 500, "a bug"), UnexpectedAnswerError, "a bug"),
        (
            Response("<h1>Not here</h1>", 404),
            UnexpectedAnswerError,
            "status 404: '<h1>Not here</h1>'; is it a Slipway gat",
        ),
        (Response("nginx", 503), UnavailableError, "status 503: 'nginx'"),
        (Response("[1]", 422, media_type="application/problem+json"), InvalidInputError, "status 422"),
        (Response("{", 422, media_type="application/problem+json"), InvalidInputError, "status 422"),
        (Response(status_code=307, headers={"location": "/"}), UnexpectedAnswerError, "status 307"),
    ],
)
def test_errors_are_typed_and_one_line(gateway: Http, answer: Response, kind: type, message: str) -> None:
    gateway.answer = lambda request, body: answer
    with GatewayClient(gateway.url) as client, pytest.raises(ServingCallError) as raised:
        client.predict("titanic", {"Age": "old"})
    assert type(raised.value) is kind and raised.value.status == str(answer.status_code)
    assert message in str(raised.value) and "\n" not in str(raised.value)
    assert len(gateway.seen) == 1  # none of these is retried
    assert raised.value.exit_code == 2


def test_a_wrong_input_error_names_the_field(gateway: Http) -> None:
    gateway.answer = lambda request, body: problem("invalid-input", 422, "Age", errors=[ENTRY, {"field": "Sex"}])
    with GatewayClient(gateway.url) as client, pytest.raises(InvalidInputError) as raised:
        client.predict("titanic", {"Age": "old"})
    error = raised.value
    assert (error.field, error.received, error.allowed, error.example) == ("Age", "'old'", "a number", 35.0)
    assert [found["field"] for found in error.errors] == ["Age", "Sex"] and error.problem["status"] == 422


@pytest.mark.parametrize(
    "content",
    [
        [], None, "text", 5, {}, {"output": {}}, {"output": None}, {"output": SURVIVED}, {"outputs": [SURVIVED], **TITANIC},
        {"output": {"class": 4, "confidence": 1}, **TITANIC}, {"output": {"value": "x"}, **TITANIC},
    ],
)  # fmt: skip
def test_an_answer_of_another_form_is_no_prediction(gateway: Http, content: Any) -> None:
    gateway.answer = as_json(content)
    with GatewayClient(gateway.url) as client, pytest.raises(UnexpectedAnswerError, match="is it a Slipway gateway"):
        client.predict("titanic", {})


def test_fewer_answers_than_inputs_are_an_error(gateway: Http) -> None:
    gateway.answer = as_json({"outputs": [SURVIVED], **TITANIC})
    with GatewayClient(gateway.url) as client, pytest.raises(UnexpectedAnswerError):
        client.predict_many("titanic", [{}, {}])


@given(
    st.recursive(
        st.none() | st.booleans() | st.floats() | st.text(), lambda s: st.lists(s) | st.dictionaries(st.text(), s)
    )
)
def test_no_answer_whatever_makes_another_error(answer: Any) -> None:
    for read in (lambda a: messages.read_predictions(InferenceRequest("m", [{}]), "x", a),
                 lambda a: messages.read_model("x", a),
                 lambda a: messages.read_names("x", a)):  # fmt: skip
        with pytest.raises(UnexpectedAnswerError):
            read(answer)
    error = messages.error_of("x", 422, {"content-type": "application/problem+json"}, json.dumps(answer).encode())
    assert isinstance(error, InvalidInputError) and str(error)
    assert (error.field, error.errors) == (error.problem.get("field"), []) or isinstance(answer, dict)


def test_a_refused_call_is_retried_after_the_servers_retry_after(gateway: Http) -> None:
    times: list[float] = []

    def answer(request: Request, body: bytes) -> Response:
        times.append(asyncio.get_running_loop().time())
        busy = problem("too-many-requests", 429, "later", {"Retry-After": "1"})
        return busy if len(times) == 1 else Response(json.dumps({"output": SURVIVED, **TITANIC}))

    gateway.answer = answer
    with GatewayClient(gateway.url) as client:
        assert client.predict("titanic", {}).class_ == "survived"
    assert times[1] - times[0] >= 1


def test_a_retry_after_beyond_the_deadline_fails_at_once(gateway: Http) -> None:
    gateway.answer = lambda request, body: problem("overloaded", 503, "too much", {"Retry-After": "60"})
    with GatewayClient(gateway.url, timeout=5) as client, pytest.raises(UnavailableError) as raised:
        client.predict("titanic", {})
    assert raised.value.retry_after == 60 and len(gateway.seen) == 1
    gateway.answer = lambda request, body: problem("too-many-requests", 429, "slowly", {"Retry-After": "60"})
    with GatewayClient(gateway.url, timeout=5) as client, pytest.raises(OverloadedError):
        client.predict("titanic", {})


def test_the_retries_end(gateway: Http) -> None:
    gateway.answer = lambda request, body: problem("overloaded", 503, "too much", {"Retry-After": "0"})
    with GatewayClient(gateway.url, retries=2) as client, pytest.raises(UnavailableError, match="too much"):
        client.predict("titanic", {})
    assert len(gateway.seen) == 3


def test_a_server_that_is_away_is_unavailable() -> None:
    url = f"http://127.0.0.1:{free_port()}"
    with GatewayClient(url, retries=1) as client:
        assert not client.ready()
        with pytest.raises(UnavailableError, match=f"{url} cannot be reached .*; start it with: slipway gateway"):
            client.predict("titanic", {})


def test_ready_sends_one_request(gateway: Http) -> None:
    with GatewayClient(gateway.url) as client:
        gateway.answer = lambda request, body: problem("model-not-ready", 503, "loading", {"Retry-After": "1"})
        assert not client.ready() and gateway.seen[0][:2] == ("GET", "/readyz") and len(gateway.seen) == 1
        gateway.answer = as_json({"status": "ready"})
        assert client.ready()
        gateway.answer = lambda request, body: problem("key-missing", 401, "send a key")
        with pytest.raises(UnauthorizedError):
            client.ready()


def test_models_have_cards_and_versions_the_newest_last(gateway: Http) -> None:
    page = {
        "name": "digits", "task": "MulticlassClassification", "version": "1.1.0", "serving_version": 8, "ready": True,
        "label": "digit", "inputs": {"image": {"type": "image"}}, "outputs": ["class"], "classes": ["0", "1"],
        "metrics": {"accuracy": 0.9}, "versions": [
            {"version": "1.1.0", "serving_version": 8, "state": "AVAILABLE"},
            {"version": None, "serving_version": 7, "state": "END", "error": "broken"},
        ], "example": {"method": "POST", "body": {"input": "iVBO"}},
    }  # fmt: skip
    pages = {"/v1/models": {"models": [{"name": "digits"}]}, "/v1/models/digits": page}
    gateway.answer = lambda request, body: Response(json.dumps(pages[request.url.path]))
    with GatewayClient(gateway.url) as client:
        (model,) = client.models()
        assert client.model("digits") == model
    assert model.versions == (Version(None, 7, "END"), Version("1.1.0", 8, "AVAILABLE"))
    assert (model.card.classes, model.card.example) == (["0", "1"], {"image": {"b64": "iVBO"}})


def test_one_asynchronous_client_serves_many_tasks(gateway: Http) -> None:
    gateway.answer = lambda request, body: Response(
        json.dumps({"output": {"value": json.loads(body)["input"]["i"]}, **TITANIC})
    )

    async def send() -> list[Prediction]:
        async with AsyncGatewayClient(gateway.url) as client:
            return await asyncio.gather(*(client.predict("m", {"i": i}) for i in range(50)))

    assert [answer.value for answer in asyncio.run(send())] == list(range(50))


@pytest.mark.parametrize("url", ["127.0.0.1:8080", "ftp://host", "http://", "http://[::1", "grpc://h:1"])
def test_an_address_that_is_none_is_refused(url: str) -> None:
    with pytest.raises(ServingCallError, match=r"received the gateway's URL .* one such as http://127.0.0.1:8080"):
        GatewayClient(url)


@given(st.integers(0, 10**6) | st.dates())
def test_retry_after_is_seconds_or_a_date(value: Any) -> None:
    if isinstance(value, int):
        assert messages.seconds(str(value)) == value
    else:
        date = datetime(value.year, value.month, value.day, tzinfo=UTC)
        assert (messages.seconds(format_datetime(date, usegmt=True)) or 0) >= 0


def test_retry_after_in_words() -> None:
    later = datetime.now(UTC) + timedelta(seconds=90)
    assert 85 < (messages.seconds(format_datetime(later, usegmt=True)) or 0) <= 90
    assert [messages.seconds(text) for text in (None, "", "soon", "nan", "inf", "-5")] == [
        None,
        None,
        None,
        None,
        None,
        0,
    ]
