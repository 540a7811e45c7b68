"""A model server that fails, is slow, is away or has too much to do; and the gateway's own end."""

import os
import signal
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import grpc
import pytest

from prediction.wire import tf_serving_pb2 as wire
from tests.pictures import PNG
from tests.serving.gateway.conftest import Start, World
from tests.serving.gateway.model_server import Failure
from tests.serving.gateway.running import Running, eventually
from tests.serving.gateway.test_refusals import problem

INPUT: dict[str, Any] = {"input": {}}
FULL = "The batch scheduling queue to which this task was submitted is full"


def failing(code: grpc.StatusCode, message: str = "", times: int = 10**9) -> Any:
    """Fails so many requests."""
    left = [times]

    def before(request: wire.PredictRequest) -> None:
        left[0] -= 1
        if left[0] >= 0:
            raise Failure(code, message)

    return before


@pytest.mark.parametrize(
    ("code", "message", "status", "kind"),
    [
        (grpc.StatusCode.INVALID_ARGUMENT, "Expects arg[0] to be float", 422, "invalid-input"),
        (grpc.StatusCode.INVALID_ARGUMENT, "Task size 50 is larger than maximum input batch size 10", 413, "too-large"),
        (grpc.StatusCode.OUT_OF_RANGE, "too far", 422, "invalid-input"),
        (grpc.StatusCode.UNAVAILABLE, FULL, 503, "overloaded"),
        (grpc.StatusCode.RESOURCE_EXHAUSTED, "timeout exceeded while waiting in batching queue", 503, "overloaded"),
        (grpc.StatusCode.CANCELLED, "CANCELLED", 503, "overloaded"),
        (grpc.StatusCode.FAILED_PRECONDITION, 'Serving signature key "predict" not found.', 502, "bad-upstream"),
        (grpc.StatusCode.UNIMPLEMENTED, "", 502, "bad-upstream"),
    ],
)
def test_each_upstream_error_has_its_status_and_problem(
    gateway: Running, world: World, code: grpc.StatusCode, message: str, status: int, kind: str
) -> None:
    world.server.before = failing(code, message)
    answer = gateway.predict("titanic", INPUT)
    problem(answer, status, kind)
    assert ("retry-after" in answer.headers) == (status == 503)
    assert len(world.server.requests) == 1  # a retry would not help with any of these


def test_an_overloaded_server_gets_no_retry_and_opens_no_breaker(gateway: Running, world: World) -> None:
    world.server.before = failing(grpc.StatusCode.UNAVAILABLE, FULL, times=20)
    kinds = [gateway.predict("titanic", INPUT).json()["type"] for _ in range(20)]
    assert kinds == ["/docs#overloaded"] * 20
    assert gateway.predict("titanic", INPUT).status_code == 200


def test_a_lost_connection_is_tried_again_once(own: World, start: Start) -> None:
    gateway = start(own)
    own.server.before = failing(grpc.StatusCode.UNAVAILABLE, "connection reset", times=1)
    assert gateway.predict("titanic", INPUT).status_code == 200
    own.server.before = failing(grpc.StatusCode.UNAVAILABLE, "connection reset", times=2)
    problem(gateway.predict("titanic", INPUT), 503, "upstream-unavailable")
    assert len(own.server.requests) == 4


def test_the_breaker_opens_refuses_at_once_and_closes_again(own: World, start: Start) -> None:
    gateway = start(own)
    own.server.before = failing(grpc.StatusCode.INTERNAL, "broken")
    for _ in range(5):
        problem(gateway.predict("titanic", INPUT), 502, "bad-upstream")
    answer = gateway.predict("titanic", INPUT)
    assert "the next one is made in" in problem(answer, 503, "upstream-unavailable")["detail"]
    assert answer.headers["retry-after"] == "1"
    assert len(own.server.requests) == 5
    assert 'breaker_state{model="titanic"} 2.0' in gateway.http.get("/metrics").text
    own.server.reset()
    assert gateway.predict("mpg", {"input": {"weight": 1}}).status_code == 200  # each model has its own
    eventually(lambda: gateway.predict("titanic", INPUT).status_code == 200)
    assert 'breaker_state{model="titanic"} 0.0' in gateway.http.get("/metrics").text


def test_a_server_that_is_slow_is_given_up_in_time(gateway: Running, world: World) -> None:
    release = threading.Event()
    world.server.before = lambda request: release.wait(10) and None
    begun = time.monotonic()
    problem(gateway.predict("titanic", INPUT), 504, "too-slow")
    release.set()
    assert 1.9 < time.monotonic() - begun < 6


def test_a_server_that_is_away_is_503_and_comes_back(own: World, start: Start) -> None:
    gateway = start(own)
    own.server.stop()
    answer = gateway.predict("titanic", INPUT)
    problem(answer, 503, "upstream-unavailable")
    assert answer.headers["retry-after"] == "1"
    eventually(lambda: gateway.http.get("/readyz").status_code == 503)
    assert "does not answer (UNAVAILABLE)" in gateway.http.get("/readyz").text
    assert not any(model["ready"] for model in gateway.http.get("/v1/models").json()["models"])
    assert "upstream_up 0.0" in gateway.http.get("/metrics").text
    assert gateway.http.get("/healthz").status_code == 200
    own.server.start()
    eventually(lambda: gateway.http.get("/readyz").status_code == 200)
    eventually(lambda: gateway.predict("titanic", INPUT).status_code == 200)
    assert all(model["ready"] for model in gateway.http.get("/v1/models").json()["models"])


def test_it_starts_before_its_model_server(own: World, start: Start) -> None:
    own.server.stop()
    gateway = start(own, ready=False)
    problem(gateway.predict("titanic", INPUT), 503, "upstream-unavailable")
    assert gateway.http.get("/readyz").status_code == 503
    own.server.start()
    eventually(lambda: gateway.predict("titanic", INPUT).status_code == 200)


def test_a_neighbours_broken_picture_does_not_spoil_an_answer(gateway: Running, world: World) -> None:
    """TensorFlow Serving fails a whole batch of several callers when one picture in it cannot be decoded."""
    world.server.before = failing(grpc.StatusCode.INVALID_ARGUMENT, "Invalid PNG data", times=1)
    assert gateway.http.post("/v1/models/digits/predict", files={"file": PNG}).status_code == 200


def test_past_the_limit_it_refuses_at_once_and_reads_no_body(own: World, start: Start) -> None:
    gateway = start(own, "--max-in-flight", "2")
    release, arrived = threading.Event(), threading.Semaphore(0)

    def hold(request: wire.PredictRequest) -> None:
        arrived.release()
        release.wait(8)

    own.server.before = hold
    with ThreadPoolExecutor(2) as pool:
        held = [pool.submit(gateway.predict, "titanic", INPUT) for _ in range(2)]
        assert all(arrived.acquire(timeout=5) for _ in held)
        assert "in_flight 2.0" in gateway.http.get("/metrics").text
        answer = gateway.http.post("/v1/models/titanic/predict", content=b"no JSON")
        problem(answer, 503, "overloaded")
        assert answer.headers["retry-after"] == "1"
        release.set()
        assert [future.result().status_code for future in held] == [200, 200]
    assert gateway.predict("titanic", INPUT).status_code == 200
    assert "in_flight 0.0" in gateway.http.get("/metrics").text


@pytest.mark.parametrize("sign", [signal.SIGTERM, signal.SIGINT])
def test_at_its_end_it_answers_what_was_begun(own: World, start: Start, sign: signal.Signals) -> None:
    gateway = start(own)
    arrived, release = threading.Event(), threading.Event()

    def hold(request: wire.PredictRequest) -> None:
        arrived.set()
        release.wait(8)

    own.server.before = hold
    with ThreadPoolExecutor(1) as pool:
        held = pool.submit(gateway.predict, "titanic", INPUT)
        assert arrived.wait(5)
        os.kill(gateway.process.pid, sign)
        time.sleep(0.5)
        assert gateway.process.poll() is None
        release.set()
        assert held.result().status_code == 200
    assert gateway.process.wait(10) == 0
    assert gateway.requests[-1]["status"] == 200


def test_an_answer_of_another_form_is_502(gateway: Running, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def empty(card: Any, request: wire.PredictRequest, response: wire.PredictResponse) -> None:
        """No outputs."""

    monkeypatch.setattr("tests.serving.gateway.model_server._answer", empty)
    problem(gateway.predict("titanic", INPUT), 502, "bad-upstream")
