"""A gateway over HTTP/1.1. A client library would take the generator more time than the gateway takes to answer.

One request at a time on a connection; connections are kept and used again, and opened when none is free.
"""

import asyncio
import json
import ssl
import time
from collections.abc import Sequence
from typing import Any

import httptools
import orjson

from prediction.answer_json import from_json
from prediction.split_rows import Row
from schemas.model_card import ModelCard
from serving.load_test.address import Address
from serving.load_test.protocol import Done

_IDLE_SECONDS = (
    2.0  # a server may close a connection that was idle (uvicorn: after 5 s) just when the next request is sent
)


class HttpTarget:
    """The gateway's predict route, for the load test; see ``protocol.Target``.

    Args:
      timeout: seconds from sending, connecting included, after which a request is given up.
      key: the API key, sent as a bearer token.
    """

    def __init__(self, address: Address, card: ModelCard, timeout: float, key: str | None) -> None:
        self._address = address
        self._card = card
        self._timeout = timeout
        self._tls = ssl.create_default_context() if address.scheme == "https" else None
        self._idle: list[_Connection] = []
        self._all: set[_Connection] = set()
        self._opening: set[asyncio.Task[None]] = set()
        credentials = f"Authorization: Bearer {key}\r\n" if key else ""
        self._head = (
            f"POST {address.path}/v1/models/{card.name}/predict HTTP/1.1\r\nHost: {address.netloc}\r\n"
            f"Content-Type: application/json\r\n{credentials}Content-Length: "
        ).encode()

    def payload(self, rows: Sequence[Row]) -> bytes:
        """The bytes of a whole POST, head and JSON body: ``input`` of one row, ``inputs`` of several."""
        inputs = [row.json_input() for row in rows]
        body = orjson.dumps({"input": inputs[0]} if len(inputs) == 1 else {"inputs": inputs})
        return b"%s%d\r\n\r\n%s" % (self._head, len(body), body)

    def send(self, payload: bytes, done: Done) -> None:
        """Sends on an idle connection, or on a new one; see ``protocol.Target.send``."""
        # The last one used first: the others grow old and are closed by the server.
        if self._idle and time.monotonic() - self._idle[-1].idle_since < _IDLE_SECONDS:
            self._idle.pop().send(payload, done, self._timeout)
            return
        task = asyncio.ensure_future(self._connect_and_send(payload, done))
        self._opening.add(task)
        task.add_done_callback(self._opening.discard)

    async def _connect_and_send(self, payload: bytes, done: Done) -> None:
        loop = asyncio.get_running_loop()
        begun = loop.time()
        try:
            async with asyncio.timeout(self._timeout):
                _, connection = await loop.create_connection(
                    lambda: _Connection(self._idle, self._all), self._address.host, self._address.port, ssl=self._tls
                )
        except TimeoutError:
            done("timeout", b"no connection")
        except ConnectionRefusedError:
            done("connection refused", b"")
        except OSError as error:
            done("connection failed", str(error).encode())
        else:
            # Connecting counts: the timeout is the request's, as the user would wait.
            connection.send(payload, done, self._timeout - (loop.time() - begun))

    def problem(self, answer: bytes, count: int) -> str | None:
        """Parses the JSON answer by the card's task; see ``protocol.Target.problem``."""
        try:
            found = json.loads(answer)
            answers = [from_json(output) for output in ([found["output"]] if count == 1 else found["outputs"])]
            if any(answer.kind != self._card.kind for answer in answers):
                raise ValueError(f"{self._card.name} is a {self._card.task}")
        except (ValueError, KeyError, TypeError) as error:
            return f"an answer that cannot be read ({error!r})"
        return None if len(answers) == count else f"{len(answers)} answers to {count} rows"

    async def close(self) -> None:
        """Ends connections that are open or being opened; their requests end with an error."""
        for task in self._opening:
            task.cancel()
        for connection in list(self._all):
            connection.end("closed")


class _Connection(asyncio.Protocol):
    """One connection. It is in the ``idle`` list while no request is in flight."""

    def __init__(self, idle: list["_Connection"], everyone: set["_Connection"]) -> None:
        self._idle = idle
        self._everyone = everyone
        self._done: Done | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._parser = httptools.HttpResponseParser(self)
        self._body = b""
        self.idle_since = 0.0

    def send(self, payload: bytes, done: Done, timeout: float) -> None:
        self._done = done
        self._timer = asyncio.get_running_loop().call_later(timeout, self.end, "timeout")
        self._transport.write(payload)

    def end(self, why: str) -> None:
        """Gives the connection up; what it waited for has failed."""
        self._transport.abort()
        self._finish(why)

    def _finish(self, error: str | None) -> None:
        if self._timer is not None:
            self._timer.cancel()
        # Taken out first: a timeout, a lost connection and an answer may all arrive, and ``done`` is called once.
        done, self._done = self._done, None
        if done is not None:
            done(error, self._body)

    def connection_made(self, transport: Any) -> None:
        self._transport = transport
        self._everyone.add(self)

    def connection_lost(self, error: Exception | None) -> None:
        self._everyone.discard(self)
        if self in self._idle:
            self._idle.remove(self)
        self._finish("connection lost")

    def data_received(self, data: bytes) -> None:
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserError:
            self.end("not HTTP")

    def on_message_begin(self) -> None:
        self._body = b""

    def on_body(self, body: bytes) -> None:
        self._body += body

    def on_message_complete(self) -> None:
        status = self._parser.get_status_code()
        # An answer to nothing, after a timeout, leaves the connection out of step.
        keep = self._parser.should_keep_alive() and self._done is not None
        self._finish(None if status == 200 else f"HTTP {status}")
        if keep:
            self.idle_since = time.monotonic()
            self._idle.append(self)
        else:
            self._transport.close()
