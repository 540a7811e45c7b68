"""A call ends at its deadline, whatever the server does. Bounds are wide: other work may share the machine."""

import asyncio
import contextlib
import socket
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from starlette.requests import Request
from starlette.responses import Response

from serving.client import AsyncGatewayClient, CallTimeoutError, GatewayClient, ServingClient
from tests.serving.client.servers import Grpc, Http, listening, problem

TIMEOUT = 0.5
BOUND = 5.0


def silent(connection: socket.socket, ended: threading.Event) -> None:
    """Takes the request and never answers."""
    ended.wait(30)


def dripping_headers(connection: socket.socket, ended: threading.Event) -> None:
    """A byte now and then, each well within any timeout for one read, and the headers never end."""
    connection.sendall(b"HTTP/1.1 200 OK\r\nX-Long: ")
    while not ended.wait(0.05):
        connection.sendall(b"x")


def dripping_body(connection: socket.socket, ended: threading.Event) -> None:
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n")
    while not ended.wait(0.05):
        connection.sendall(b" ")


@contextlib.contextmanager
def badly_behaved(behave: Callable[[socket.socket, threading.Event], None]) -> Iterator[str]:
    ended = threading.Event()

    def serve(listener: socket.socket) -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            threading.Thread(target=one, args=(connection,), daemon=True).start()

    def one(connection: socket.socket) -> None:
        with connection, contextlib.suppress(OSError):
            connection.recv(65536)
            behave(connection, ended)

    with listening() as listener:
        threading.Thread(target=serve, args=(listener,), daemon=True).start()
        yield f"127.0.0.1:{listener.getsockname()[1]}"
        ended.set()


@pytest.mark.parametrize("behave", [silent, dripping_headers, dripping_body])
def test_a_slow_gateway(behave: Callable[[socket.socket, threading.Event], None]) -> None:
    with badly_behaved(behave) as address, GatewayClient(f"http://{address}", timeout=TIMEOUT) as client:
        begun = time.monotonic()
        with pytest.raises(CallTimeoutError, match=rf"^http://{address} did not answer within 0\.5 s$"):
            client.predict("titanic", {})
        assert TIMEOUT * 0.9 < time.monotonic() - begun < BOUND
        assert not client.ready(timeout=0.1)


def test_the_deadline_of_a_call_is_not_that_of_the_client(gateway: Http) -> None:
    async def slow(request: Request, body: bytes) -> Response:
        await asyncio.sleep(20)
        return Response()

    gateway.answer = slow
    with GatewayClient(gateway.url, timeout=600) as client, pytest.raises(CallTimeoutError, match=r"within 0\.2 s"):
        client.predict("titanic", {}, timeout=0.2)


def test_retries_do_not_lengthen_a_call(gateway: Http) -> None:
    async def busy_then_slow(request: Request, body: bytes) -> Response:
        if len(gateway.seen) > 2:
            await asyncio.sleep(20)
        return problem("overloaded", 503, "too much to do", {"Retry-After": "0"})

    gateway.answer = busy_then_slow
    begun = time.monotonic()
    with GatewayClient(gateway.url, timeout=1, retries=9) as client:
        message = r"did not answer within 1 s \(2 attempts before; the last: too much to do\)"
        with pytest.raises(CallTimeoutError, match=message):
            client.predict("titanic", {})
    assert time.monotonic() - begun < BOUND


def test_a_slow_model_server(model_server: Grpc, models: Path) -> None:
    over = threading.Event()
    left: list[float] = []

    def slow(request: object, context: object) -> object:
        left.append(context.time_remaining())  # type: ignore[attr-defined]
        over.wait(20)
        raise AssertionError("the answer came after the deadline")

    model_server.answer = slow
    with ServingClient(model_server.address, models=models, timeout=TIMEOUT) as client:
        with pytest.raises(CallTimeoutError):
            client.predict("titanic", {})
        assert 0 < left[0] <= TIMEOUT  # the deadline travels to the server
    over.set()


def test_a_server_without_grpc(models: Path) -> None:
    with badly_behaved(silent) as address, ServingClient(address, models=models, timeout=TIMEOUT) as client:
        with pytest.raises(CallTimeoutError):
            client.predict("titanic", {})
        assert not client.ready(timeout=0.1)


def test_a_cancelled_task_leaves_the_client_usable(gateway: Http) -> None:
    async def slow(request: Request, body: bytes) -> Response:
        await asyncio.sleep(0 if body == b"" else 20)
        return Response("{}")

    gateway.answer = slow

    async def send() -> bool:
        async with AsyncGatewayClient(gateway.url) as client:
            task = asyncio.create_task(client.predict("titanic", {}))
            await asyncio.sleep(0.2)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            return await client.ready()

    assert asyncio.run(send())
