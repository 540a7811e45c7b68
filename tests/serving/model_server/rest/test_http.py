"""The HTTP side, seen from a socket: what libevent's server does with good, odd and broken clients."""

import contextlib
import gzip
import json
import re
import socket
import threading
import time
import zlib
from collections.abc import Iterator
from typing import NamedTuple

import pytest

from serving.model_server.rest import server as rest_server
from tests.serving.model_server.rest.conftest import Rest
from tests.serving.model_server.running import Running

STATUS = b"GET /v1/models/half HTTP/1.1\r\nHost: x\r\n\r\n"
PREDICT = "/v1/models/half:predict"
SLOW = b'{"inputs": [%d]}'
NOT_FOUND = b"<HTML><HEAD>\n<TITLE>404 Not Found</TITLE>\n</HEAD><BODY>\n<H1>Not Found</H1>\n</BODY></HTML>\n"


class Response(NamedTuple):
    line: str
    headers: dict[str, str]
    body: bytes


class Client:
    """A socket that reads answers by their Content-Length."""

    def __init__(self, port: int) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), 20)
        self._left = b""

    def send(self, data: bytes) -> None:
        self.socket.sendall(data)

    def answer(self, *, body: bool = True) -> Response:
        while b"\r\n\r\n" not in self._left:
            self._receive()
        head, _, self._left = self._left.partition(b"\r\n\r\n")
        line, *rest = head.decode().split("\r\n")
        headers = {name.lower(): value for name, value in (item.split(": ", 1) for item in rest)}
        size = int(headers.get("content-length", "0")) if body else 0
        while len(self._left) < size:
            self._receive()
        content, self._left = self._left[:size], self._left[size:]
        return Response(line, headers, content)

    def _receive(self) -> None:
        data = self.socket.recv(65536)
        assert data, f"closed after {self._left!r}"
        self._left += data

    def closed(self) -> bool:
        """Whether the server closes now."""
        try:
            return not self._left and self.socket.recv(1) == b""
        except ConnectionResetError:
            return True


@contextlib.contextmanager
def connected(rest: Rest) -> Iterator[Client]:
    client = Client(rest.port)
    try:
        yield client
    finally:
        client.socket.close()


@pytest.fixture
def client(rest: Rest) -> Iterator[Client]:
    with connected(rest) as found:
        yield found


def post(body: bytes, path: str = PREDICT, *headers: str) -> bytes:
    lines = [f"POST {path} HTTP/1.1", "Host: x", f"Content-Length: {len(body)}", *headers]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def rows(*values: float) -> bytes:
    return json.dumps({"instances": values}).encode()


def predictions(answer: Response) -> list[float]:
    assert answer.line == "HTTP/1.1 200 OK", answer
    return json.loads(answer.body)["predictions"]


def test_a_connection_is_kept(client: Client) -> None:
    for value in range(3):
        client.send(post(rows(value)))
        answer = client.answer()
        assert predictions(answer) == [value / 2 + 2]
        assert list(answer.headers) == ["content-type", "date", "content-length"]


def test_requests_sent_ahead_are_answered_in_order(client: Client) -> None:
    client.send(b"".join(post(rows(value)) for value in range(50)) + STATUS)
    assert [predictions(client.answer())[0] for _ in range(50)] == [value / 2 + 2 for value in range(50)]
    assert b"AVAILABLE" in client.answer().body


def test_close_on_request(client: Client) -> None:
    client.send(post(rows(1), PREDICT, "Connection: close"))
    answer = client.answer()
    assert (predictions(answer), answer.headers["connection"]) == ([2.5], "close")
    assert client.closed()


@pytest.mark.parametrize("keep", [True, False])
def test_http_1_0(client: Client, keep: bool) -> None:
    client.send(b"GET /v1/models/half HTTP/1.0\r\n" + (b"Connection: keep-alive\r\n" if keep else b"") + b"\r\n")
    answer = client.answer()
    assert answer.line == "HTTP/1.0 200 OK"
    assert answer.headers["connection"] == ("keep-alive" if keep else "close")
    assert keep or client.closed()


def test_a_chunked_body(client: Client) -> None:
    head = f"POST {PREDICT} HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n".encode()
    body = rows(*range(100))
    client.send(head)
    for at in range(0, len(body), 7):
        piece = body[at : at + 7]
        client.send(b"%x\r\n%b\r\n" % (len(piece), piece))
    client.send(b"0\r\n\r\n")
    assert len(predictions(client.answer())) == 100


def test_bytes_that_come_one_by_one(client: Client) -> None:
    for byte in post(rows(4)):
        client.send(bytes([byte]))
    assert predictions(client.answer()) == [4.0]


def test_a_large_body(client: Client) -> None:
    client.send(post(rows(*[0.5] * 1_000_000)))
    assert predictions(client.answer()) == [2.25] * 1_000_000


def test_expect_100_continue(client: Client) -> None:
    body = rows(1)
    request = post(body, PREDICT, "Expect: 100-continue")
    client.send(request[: -len(body)])
    assert client.answer().line == "HTTP/1.1 100 Continue"
    client.send(body)
    assert predictions(client.answer()) == [2.5]


def test_another_expectation(client: Client) -> None:
    client.send(post(b"", PREDICT, "Expect: gold"))
    assert client.answer().line == "HTTP/1.1 417 Expectation Failed"
    assert client.closed()


@pytest.mark.parametrize("encoding", ["gzip", "my_gzip", "x, gzip"])
def test_a_gzip_body(client: Client, encoding: str) -> None:
    client.send(post(gzip.compress(rows(1, 2)), PREDICT, f"Content-Encoding: {encoding}"))
    assert predictions(client.answer()) == [2.5, 3.0]


@pytest.mark.parametrize(
    "body",
    [b"abcde", b"", gzip.compress(rows(1))[:-1], gzip.compress(rows(1)) + b"x", zlib.compress(rows(1)), rows(1),
     gzip.compress(rows(1))[:-8] + bytes(8)],
)  # fmt: skip
def test_a_body_that_does_not_inflate_counts_as_empty(client: Client, body: bytes) -> None:
    client.send(post(body, PREDICT, "Content-Encoding: gzip"))
    answer = client.answer()
    assert answer.line == "HTTP/1.1 400 Bad Request"
    assert json.loads(answer.body) == {"error": "JSON Parse error: The document is empty"}


@pytest.mark.parametrize(("size", "kept"), [(100, 100), (101, 0)])
def test_the_limit_of_a_gzip_body(size: int, kept: int, monkeypatch: pytest.MonkeyPatch) -> None:
    assert rest_server._LARGEST_INFLATED == 100 * 1024 * 1024
    monkeypatch.setattr(rest_server, "_LARGEST_INFLATED", 100)
    assert len(rest_server.inflated(gzip.compress(b"x" * size))) == kept


@pytest.mark.parametrize(
    "uri", ["/", "/noop", "/v1", "/v2/models", "/v1models", "*", "/monitoring", "/x/v1/models/half"]
)
def test_a_path_outside_the_api(client: Client, uri: str) -> None:
    client.send(f"GET {uri} HTTP/1.1\r\nHost: x\r\n\r\n".encode() + STATUS)
    answer = client.answer()
    assert (answer.line, answer.body) == ("HTTP/1.1 404 Not Found", NOT_FOUND)
    assert (answer.headers["content-type"], answer.headers["connection"]) == ("text/html", "close")
    assert client.closed()


@pytest.mark.parametrize("method", ["TRACE", "PROPFIND", "FOO", "get", "CONNECT"])
def test_an_unknown_method(client: Client, method: str) -> None:
    client.send(f"{method} {'x:1' if method == 'CONNECT' else '/v1/models/half'} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
    answer = client.answer()
    assert answer.line == "HTTP/1.1 501 Not Implemented"
    assert b"<TITLE>501 Not Implemented</TITLE>" in answer.body
    assert client.closed()


@pytest.mark.parametrize(
    "data",
    [b"hello\r\n\r\n", b"\x16\x03\x01\x02\x00\x01\x00", b"GET /v1/models/half\r\n\r\n",
     b"GET /v1/models/half HTTP/3.0\r\n\r\n",
     b"GET /v1/models/half HTTP/1.1\r\nno colon\r\n\r\n", b"GET /v1/models/[half] HTTP/1.1\r\n\r\n",
     b"GET /v1/models/%zz HTTP/1.1\r\n\r\n", b"POST / HTTP/1.1\r\nContent-Length: x\r\n\r\n",
     b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
     b"GET /" + b"a" * 70_000 + b" HTTP/1.1\r\n\r\n", b"GET / HTTP/1.1\r\n" + b"A: b\r\n" * 20_000 + b"\r\n"],
)  # fmt: skip
def test_what_is_not_http(rest: Rest, client: Client, data: bytes) -> None:
    client.send(data)
    answer = client.answer()
    assert answer.line == "HTTP/1.1 400 Bad Request"
    assert answer.headers["connection"] == "close"
    assert client.closed()
    assert rest.client.get("/v1/models/half").status_code == 200


def test_a_client_that_goes_on_sending_reads_what_was_wrong(client: Client) -> None:
    client.send(b"hello\r\n\r\n")
    for _ in range(20):
        client.send(b"x" * 100_000)
        time.sleep(0.005)
    assert client.answer().line == "HTTP/1.1 400 Bad Request"


def test_an_upgrade_is_ignored(client: Client) -> None:
    for _ in range(2):
        client.send(STATUS[:-2] + b"Connection: Upgrade\r\nUpgrade: h2c\r\n\r\n")
        assert client.answer().line == "HTTP/1.1 200 OK"


def test_head_has_no_body(client: Client) -> None:
    client.send(STATUS.replace(b"GET", b"HEAD") + STATUS)
    answer = client.answer(body=False)
    assert answer.line == "HTTP/1.1 400 Bad Request" and "content-length" not in answer.headers
    assert client.answer().line == "HTTP/1.1 200 OK"


def test_the_target_of_a_proxy(client: Client) -> None:
    client.send(STATUS.replace(b"/v1", b"http://host:80/v1", 1))
    assert client.answer().line == "HTTP/1.1 200 OK"


def test_a_client_that_closed_its_side_still_gets_its_answer(client: Client) -> None:
    client.send(post(rows(1)))
    client.socket.shutdown(socket.SHUT_WR)
    assert predictions(client.answer()) == [2.5]
    assert client.closed()


@pytest.mark.parametrize("how", ["reset", "close"])
def test_a_client_that_goes_away_ends_its_run(served: Running, how: str) -> None:
    rest = Rest(served, timeout=4.0)
    with connected(rest) as client:
        client.send(post(SLOW % 300_000_000, "/v1/models/slow:predict"))
        _wait_for(lambda: served.core._in_progress == 1)
        if how == "reset":
            client.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
    started = time.monotonic()
    _wait_for(lambda: served.core._in_progress == 0)
    assert time.monotonic() - started < 3  # and not at its timeout
    rest.stop()


def test_slow_and_silent_clients_do_not_hold_up_others(rest: Rest) -> None:
    with contextlib.ExitStack() as stack:
        for _ in range(100):
            client = stack.enter_context(connected(rest))
            client.send(post(rows(1))[:-3])
        for _ in range(20):
            assert rest.post(PREDICT, rows(3)).json() == {"predictions": [3.5]}


def test_a_client_that_does_not_read(rest: Rest) -> None:
    with connected(rest) as client:
        client.send(post(rows(*[0.123456] * 500_000)) * 2)
        time.sleep(0.2)
        assert rest.post(PREDICT, rows(3)).json() == {"predictions": [3.5]}
        assert len(predictions(client.answer())) == 500_000
        assert len(predictions(client.answer())) == 500_000


def test_a_silent_connection_is_closed(served: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("serving.model_server.rest.connection._IDLE", 0.2)
    rest = Rest(served)
    try:
        with connected(rest) as silent, connected(rest) as busy:
            busy.send(post(SLOW % 20_000, "/v1/models/slow:predict"))
            assert silent.closed()
            assert json.loads(busy.answer().body) == {"outputs": [20_000]}
    finally:
        rest.stop()


def test_stop_lets_requests_in_progress_end(served: Running) -> None:
    rest = Rest(served)
    with connected(rest) as idle, connected(rest) as busy, connected(rest) as half:
        idle.send(STATUS)
        idle.answer()
        half.send(post(rows(1))[:-3])
        busy.send(post(SLOW % 50_000, "/v1/models/slow:predict"))
        _wait_for(lambda: served.core._in_progress == 1)
        stopping = threading.Thread(target=rest.stop, args=(20.0,))
        stopping.start()
        assert idle.closed()
        with pytest.raises(ConnectionRefusedError):
            Client(rest.port)
        half.send(post(rows(1))[-3:])
        answer = half.answer()
        assert (predictions(answer), answer.headers["connection"]) == ([2.5], "close")
        answer = busy.answer()
        assert json.loads(answer.body) == {"outputs": [50_000]}
        assert answer.headers["connection"] == "close"
        stopping.join(20)
        assert not stopping.is_alive()


def test_stop_does_not_wait_longer_than_its_grace(served: Running) -> None:
    rest = Rest(served, timeout=4.0)
    with connected(rest) as busy:
        busy.send(post(SLOW % 300_000_000, "/v1/models/slow:predict"))
        _wait_for(lambda: served.core._in_progress == 1)
        rest.stop(0.1)
        assert busy.closed()
    _wait_for(lambda: served.core._in_progress == 0)


def test_a_port_that_is_taken(served: Running, rest: Rest) -> None:
    with pytest.raises(OSError, match=re.escape(str(rest.port))):
        served.do(rest.server.start("127.0.0.1", rest.port))


def _wait_for(reached: object) -> None:
    assert callable(reached)
    end = time.monotonic() + 20
    while not reached():
        assert time.monotonic() < end
        time.sleep(0.01)
