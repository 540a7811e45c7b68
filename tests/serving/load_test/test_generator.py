"""The generator against real servers that are slow, full or broken."""

import asyncio
import base64
import math
import time
from collections.abc import Sequence
from typing import Any

import pytest

from prediction.split_rows import Row
from schemas.errors import InputError
from schemas.model_card import ModelCard
from serving.load_test import address, command, open_loop
from serving.load_test.figures import Figures, figures
from serving.load_test.open_loop import NOT_SENT, Plan
from serving.load_test.protocol import Done
from serving.load_test.settings import Options
from serving.load_test.targets import target
from tests.serving.load_test.servers import Server, Trouble


def measured(server: Any, card: ModelCard, rows: Sequence[Row], **changes: Any) -> Figures:
    options = Options(**{"rate": 100.0, "duration": 0.5, "url": server.url} | changes)
    found = asyncio.run(command.test(address.parse(options.url), card, rows, options))
    return found.steps[0]


def after(seconds: float, what: str | None = None, from_request: int = 1) -> Trouble:
    """Trouble for all requests but the first, the probe."""

    async def trouble(number: int) -> str | None:
        if number < from_request:
            return None
        await asyncio.sleep(seconds)
        return what

    return trouble


def test_all_requests_are_sent_and_answered(server: Server, card: ModelCard, rows: list[Row]) -> None:
    found = measured(server, card, rows, rate=200.0)
    assert (found.requests, found.answered, found.errors) == (100, 100, {})
    assert len(server.received) == 1 + round(200 * 0.2 * 0.5) + 100  # the probe, and the warm phase that does not count
    assert 190 < found.achieved <= 200
    assert found.latency.p50 and found.latency.max and 0 < found.latency.p50 <= found.latency.max
    assert found.processor_us > 0


def test_latency_counts_from_when_a_request_was_due(http: Server, card: ModelCard, rows: list[Row]) -> None:
    async def stall(number: int) -> str | None:
        if number == 60:
            time.sleep(0.5)  # the whole server stands still
        return None

    http.trouble = stall
    found = measured(http, card, rows, duration=1.0)
    # A client that waits for its answer would have seen one slow answer; a user who comes every 10 ms sees fifty.
    assert found.requests == found.answered == 100
    assert found.latency.p50 is not None and found.latency.p95 is not None and found.latency.p95 > 300
    slow = [window for window in found.windows if (window["p99"] or 0) > 100]
    assert slow and len(slow) < len(found.windows)


def test_requests_in_flight_are_bounded_and_the_rest_is_counted_as_not_sent(
    server: Server, card: ModelCard, rows: list[Row]
) -> None:
    server.trouble = after(0.3)
    found = measured(server, card, rows, in_flight=5)
    assert server.most == 5
    assert found.errors == {NOT_SENT: 50 - found.answered} and 5 <= found.answered <= 15
    assert found.refusals.max is None


def test_rows_are_sent_in_turn_as_json(http: Server, card: ModelCard, rows: list[Row]) -> None:
    measured(http, card, rows)
    inputs = [body["input"] for body in http.received[1:7]]
    assert inputs == [row.input for row in rows] * 2
    http.reset()
    measured(http, card, rows, batch=2, api_key="secret")
    batches = [[row["Sex"] for row in body["inputs"]] for body in http.received[1:4]]
    assert batches == [["male", "female"], [None, "male"], ["male", "female"]]
    assert {headers["Authorization"] for headers in http.headers} == {"Bearer secret"}


def test_rows_are_sent_in_turn_as_tensors(servers: dict[str, Server], card: ModelCard, rows: list[Row]) -> None:
    grpc = servers["grpc"]
    grpc.reset()
    measured(grpc, card, rows, batch=3)
    (request,) = {message.SerializeToString(deterministic=True): message for message in grpc.received}.values()
    assert (request.model_spec.name, request.model_spec.signature_name) == ("titanic", "predict")
    ages = list(request.inputs["Age"].float_val)
    assert ages[::2] == [22.0, 4.0] and math.isnan(ages[1])
    assert list(request.inputs["Sex"].string_val) == [b"male", b"female", b""]


def test_a_picture_is_sent_in_base64(card: ModelCard) -> None:
    async def payload() -> bytes:
        http_target = target(address.parse("http://127.0.0.1"), card, 1.0)
        return http_target.payload([Row({"image": b"\x89PNG"}, None, b"")])

    assert asyncio.run(payload()).endswith(b'{"input":{"image":"%s"}}' % base64.b64encode(b"\x89PNG"))


@pytest.mark.parametrize(
    ("what", "http_class", "grpc_class"),
    [
        ("refuse", "HTTP 503", "UNAVAILABLE"),
        ("timeout", "timeout", "DEADLINE_EXCEEDED"),
        ("hang up", "connection lost", None),
    ],
)
def test_errors_are_counted_by_class(
    server: Server, card: ModelCard, rows: list[Row], what: str, http_class: str, grpc_class: str | None
) -> None:
    expected = http_class if "http" in server.url else grpc_class  # type: ignore[attr-defined]
    if expected is None:
        pytest.skip("gRPC hides its connections")
    server.trouble = after(5.0 if what == "timeout" else 0.0, what)
    found = measured(server, card, rows, timeout=0.2)
    assert found.errors == {expected: 50} and found.answered == 0 and found.achieved == 0
    assert found.latency.p99 is None and not found.sustained(1000)
    assert found.refusals.max is not None and found.refusals_from_send.max is not None
    assert expected in found.error_texts
    if what == "refuse":
        assert found.error_texts[expected] in ('{"title": "too many"}', "the queue is full")


def test_a_server_that_recovers_gets_requests_over_new_connections(
    http: Server, card: ModelCard, rows: list[Row]
) -> None:
    async def for_a_while(number: int) -> str | None:
        return "hang up" if 20 <= number < 40 else None

    http.trouble = for_a_while
    found = measured(http, card, rows)
    assert found.errors == {"connection lost": 20} and found.answered == 30


@pytest.mark.parametrize(("what", "reason"), [("refuse", "does not answer"), ("nonsense", "gives")])
def test_a_server_that_does_not_answer_rightly_is_not_tested(
    server: Server, card: ModelCard, rows: list[Row], what: str, reason: str
) -> None:
    server.trouble = after(0.0, what, from_request=0)
    with pytest.raises(InputError, match=f"127.0.0.1:{server.port} {reason}.*start it with: slipway") as caught:
        measured(server, card, rows)
    assert len(server.received) == 1 and "\n" not in str(caught.value)


def test_a_missing_key_is_reported_as_such(http: Server, card: ModelCard, rows: list[Row]) -> None:
    http.trouble = after(0.0, "require a key", from_request=0)
    with pytest.raises(InputError, match=r"HTTP 401 .*--api-key, or \$SLIPWAY_API_KEY$"):
        measured(http, card, rows)


@pytest.mark.parametrize(("scheme", "error"), [("http", "connection refused"), ("grpc", "UNAVAILABLE")])
def test_no_server_is_one_line(card: ModelCard, rows: list[Row], scheme: str, error: str) -> None:
    options = Options(url=f"{scheme}://127.0.0.1:9")
    with pytest.raises(InputError, match=f"{scheme}://127.0.0.1:9 does not answer: {error}"):
        asyncio.run(command.test(address.parse(options.url), card, rows, options))


def test_what_is_no_http_is_named(servers: dict[str, Server], card: ModelCard, rows: list[Row]) -> None:
    options = Options(url=f"http://127.0.0.1:{servers['grpc'].port}")
    with pytest.raises(InputError, match=r"does not answer: (not HTTP|connection lost)"):
        asyncio.run(command.test(address.parse(options.url), card, rows, options))


class Slow:
    """A target that takes the generator's own time."""

    def payload(self, rows: Sequence[Row]) -> bytes:
        return b""

    def send(self, payload: bytes, done: Done) -> None:
        time.sleep(0.02)
        done(None, b"")

    def problem(self, answer: bytes, count: int) -> str | None:
        return None

    async def close(self) -> None:
        pass


def test_a_generator_behind_its_schedule_is_flagged() -> None:
    found = figures(asyncio.run(open_loop.run(Slow(), [b""], Plan(100.0, 0.5, 100, 1.0))))
    assert found.generator_behind and found.behind.max is not None and found.behind.max > 200
    assert found.latency.max is not None and found.latency.max >= found.behind.max
    assert found.requests == found.answered == 50 and not found.sustained(100)
