"""One HTTP/1.x connection: bytes to requests, answers to bytes, the way libevent's server does it."""

import asyncio
import logging
import re
import time
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from email.utils import formatdate

import httptools

from serving.model_server.rest.response import Response, phrase, refusal

# libevent has no limit of its own; a client needs far less, and without one it could fill the memory before any check.
_LARGEST_HEAD = 64 * 1024
# libevent gives up on a client that neither sends nor takes anything for so long (seconds).
_IDLE = 50.0
# A client that closed its side may still read. Whether it does cannot be seen, so its answer gets a moment (seconds).
_HALF_CLOSED = 1.0
# Closing while the client still sends would reset the connection before it has read why.
_LINGER = 1.0
_METHODS = ("GET", "POST", "HEAD", "PUT", "DELETE", "OPTIONS", "PATCH")
_REQUEST_LINE = re.compile(rb"[^ \r\n]+ [^ \r\n]+ HTTP/1\.[01]\r?\n")

_log = logging.getLogger("slipway.serve")


@dataclass
class Request:
    """A request as it is read.

    Attributes:
      uri: the request target, undecoded.
      headers: by lower-case name; of a repeated one the first value.
      pieces: the body as it came.
      refused: the status of what never reaches a handler, else 0.
    """

    uri: bytes = b""
    headers: dict[bytes, bytes] = field(default_factory=dict)
    pieces: list[bytes] = field(default_factory=list)
    method: str = ""
    version: str = "1.1"
    keep_alive: bool = False
    head: int = 0  # bytes of its URI and headers
    refused: int = 0

    @property
    def body(self) -> bytes:
        """The whole body; a copy, so it is read once."""
        return b"".join(self.pieces)


Respond = Callable[[Request], Awaitable[Response]]


class Connection(asyncio.Protocol):
    """Reads requests from a client and answers them in order."""

    def __init__(self, respond: Respond, connections: set["Connection"]) -> None:
        self._respond = respond
        self._connections = connections
        self._parser = httptools.HttpRequestParser(self)
        self._reading: Request | None = None
        self._head = 0  # bytes that came since the last complete head
        self._broken = False
        self._waiting: deque[Request] = deque()
        self._task: asyncio.Task[None] | None = None
        self._writable = asyncio.Event()
        self._writable.set()
        self._closing = False
        self._ended = False
        self._active = time.monotonic()
        self._unsent = 0
        self._timer: asyncio.TimerHandle | None = None

    # The transport's calls.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Registers the connection and starts the idle timer (asyncio.Protocol)."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._loop = asyncio.get_running_loop()
        self._connections.add(self)
        self._timer = self._loop.call_later(_IDLE, self._check_idle)

    def connection_lost(self, exc: Exception | None) -> None:
        """Cancels the answer under way: its client is gone, and a call that waits for a batch is not run."""
        self._connections.discard(self)
        self._writable.set()
        if self._timer:
            self._timer.cancel()
        if self._task:
            self._task.cancel()

    def eof_received(self) -> bool:
        """True keeps the connection open for writing."""
        self._ended = True
        if self._task is None:
            return False
        self._loop.call_later(_HALF_CLOSED, self._abort_if_read)
        return True

    def _abort_if_read(self) -> None:
        if self._task is not None and not self._transport.get_write_buffer_size():
            self._transport.abort()

    def pause_writing(self) -> None:
        """Stops answering until the client has taken what is buffered (asyncio.Protocol)."""
        self._writable.clear()

    def resume_writing(self) -> None:
        """Goes on answering: the buffer has drained (asyncio.Protocol)."""
        self._writable.set()

    def data_received(self, data: bytes) -> None:
        """Feeds the parser; what is not HTTP is answered with 400 or 501 and ends the connection."""
        self._active = time.monotonic()
        if self._broken:
            return
        if self._reading is None or not self._reading.method:
            self._head += len(data)
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserUpgrade as upgrade:  # no other protocol is supported, so what follows is HTTP again
            self._parser = httptools.HttpRequestParser(self)
            self.data_received(data[upgrade.args[0] :])
        except httptools.HttpParserInvalidMethodError:
            # llhttp raises for an unknown method; libevent answers one in a well-formed line with 501.
            self._break(501 if _REQUEST_LINE.match(data) else 400)
        except httptools.HttpParserError:
            self._break(400)
        if self._head > _LARGEST_HEAD and not self._broken:
            self._break(400)

    # The parser's calls.

    def on_message_begin(self) -> None:
        """Starts a request; this and the following are httptools' callbacks."""
        self._reading = Request()

    def on_url(self, url: bytes) -> None:
        """Appends to the target, which may come in several pieces."""
        assert self._reading
        self._reading.uri += url
        self._reading.head += len(url)

    def on_header(self, name: bytes, value: bytes) -> None:
        """Keeps a header's first value, as libevent's lookup finds it."""
        assert self._reading
        self._reading.headers.setdefault(name.lower(), value)
        self._reading.head += len(name) + len(value) + len(": \r\n")

    def on_headers_complete(self) -> None:
        """Fills in method and version, and decides whether the request is refused before its body."""
        assert self._reading
        request = self._reading
        request.method = self._parser.get_method().decode()
        request.version = self._parser.get_http_version()
        request.keep_alive = self._parser.should_keep_alive()
        self._head = 0
        expected = request.headers.get(b"expect", b"").lower() if request.version != "1.0" else b""
        if request.version not in ("1.0", "1.1") or request.head > _LARGEST_HEAD:
            request.version, request.refused = "1.1", 400
        elif request.method not in _METHODS:
            request.refused = 501
        elif expected and expected != b"100-continue":
            request.refused = 417
        # Only when nothing is being answered: 100 would else stand before an earlier request's response.
        elif expected and self._task is None:
            self._transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")

    def on_body(self, body: bytes) -> None:
        """Keeps a piece of the body, unless the request is refused."""
        assert self._reading
        if not self._reading.refused:
            self._reading.pieces.append(body)

    def on_message_complete(self) -> None:
        """Queues the request behind those that are being answered."""
        assert self._reading
        self._queue(self._reading)
        self._reading = None

    # Answering.

    def _queue(self, request: Request) -> None:
        self._waiting.append(request)
        if self._task is None:
            self._task = self._loop.create_task(self._respond_all())
        else:
            self._transport.pause_reading()  # what a client sends ahead stays in the socket

    def _break(self, status: int) -> None:
        """Refuses what is not HTTP, in its turn; nothing after it can be parsed."""
        self._broken = True
        self._reading = None
        self._queue(Request(refused=status))

    async def _respond_all(self) -> None:
        """Answers the waiting requests, one after the other."""
        try:
            while self._waiting and not self._transport.is_closing():
                request = self._waiting.popleft()
                if not self._waiting:
                    self._transport.resume_reading()
                answer = refusal(request.refused) if request.refused else await self._respond(request)
                self._send(request, answer, close=answer.close or not request.keep_alive or self._closing)
                await self._writable.wait()
        except Exception:
            _log.exception("a bug of ours")
            self._transport.abort()
        self._task = None
        if self._ended or (self._closing and not self._broken and self._reading is None):
            self._transport.close()

    def _send(self, request: Request, answer: Response, *, close: bool) -> None:
        self._active = time.monotonic()
        lines = [f"HTTP/{request.version} {answer.status} {phrase(answer.status)}\r\n".encode()]
        lines += [b"%b: %b\r\n" % header for header in answer.headers]
        if request.version == "1.1":
            lines.append(b"Date: %b\r\n" % formatdate(usegmt=True).encode())
        if request.method != "HEAD":
            lines.append(b"Content-Length: %d\r\n" % len(answer.body))
        if close:
            lines.append(b"Connection: close\r\n")
        elif request.version == "1.0":
            lines.append(b"Connection: keep-alive\r\n")
        lines.append(b"\r\n")
        if request.method != "HEAD":
            lines.append(answer.body)
        self._transport.write(b"".join(lines))
        if close:
            self._end(linger=self._broken or request.refused > 0)

    # Ending.

    def _end(self, *, linger: bool) -> None:
        self._closing = self._broken = True
        self._waiting.clear()
        if linger and not self._ended:
            self._transport.write_eof()
            self._loop.call_later(_LINGER, self._transport.close)
        else:
            self._transport.close()

    def shut(self) -> None:
        """Answers the request that runs, or else the one being read, then closes; those pipelined behind it are dropped."""
        self._closing = True
        if self._task is None and self._reading is None:
            self._transport.close()

    def abort(self) -> None:
        """Closes at once and drops what is unsent."""
        self._transport.abort()

    def _check_idle(self) -> None:
        """Closes a connection on which nothing has moved for a while, unless a request is in progress."""
        now, unsent = time.monotonic(), self._transport.get_write_buffer_size()
        # A client that takes its answer slowly is not idle, nor is one whose request still runs.
        if unsent != self._unsent or (self._task is not None and not unsent):
            self._active, self._unsent = now, unsent
        left = self._active + _IDLE - now
        if left <= 0:
            self._transport.abort()
        else:
            self._timer = self._loop.call_later(left, self._check_idle)
