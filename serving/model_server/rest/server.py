"""The REST server: connections, and which requests reach the API."""

import asyncio
import zlib
from functools import partial

from serving.model_server.core import AsyncCore
from serving.model_server.metrics import Metrics
from serving.model_server.rest.connection import Connection, Request
from serving.model_server.rest.handler import Handler
from serving.model_server.rest.response import Response, refusal
from serving.model_server.rest.routes import is_api, target

_LARGEST_INFLATED = 100 * 1024 * 1024
_GZIP = 16 + zlib.MAX_WBITS
_PLAIN = ((b"Content-Type", b"text/plain"),)


class RestServer:
    """TensorFlow Serving's REST API and its metrics page on one port."""

    def __init__(
        self,
        core: AsyncCore,
        metrics: Metrics,
        *,
        timeout: float = 30.0,
        cors: bool = False,
        metrics_path: str | None = "/monitoring/prometheus/metrics",
    ) -> None:
        """``timeout`` in seconds limits the run of a model, not the exchange; without ``metrics_path`` there is no page."""
        self._handler = Handler(core, metrics, timeout, cors)
        self._metrics = metrics
        self._metrics_path = metrics_path.encode() if metrics_path else None
        self._connections: set[Connection] = set()
        self._server: asyncio.Server | None = None

    async def start(self, host: str | None, port: int) -> int:
        """Listens; returns the port, which is a free one for ``port`` 0. Raises OSError where it is taken.

        Without a host it listens on all addresses, of IPv6 too.
        """
        loop = asyncio.get_running_loop()
        make = partial(Connection, self._respond, self._connections)
        self._server = await loop.create_server(make, host, port, backlog=1024)
        return self._server.sockets[0].getsockname()[1]

    async def stop(self, grace: float) -> None:
        """Takes no new connections, answers the requests in progress for up to ``grace`` seconds, then closes."""
        if self._server is None:
            return
        self._server.close()
        end = asyncio.get_running_loop().time() + grace
        for connection in tuple(self._connections):
            connection.shut()
        while self._connections and asyncio.get_running_loop().time() < end:
            await asyncio.sleep(0.01)
        for connection in tuple(self._connections):
            connection.abort()

    async def _respond(self, request: Request) -> Response:
        found = target(request.uri)
        if found is None:
            return refusal(400)
        # Before the API: the path may be configured to anything, and any method will do.
        if self._metrics_path is not None and found.path == self._metrics_path:
            return self._page(found.full)
        if not is_api(found.full):
            return refusal(404)
        if request.method == "OPTIONS":
            return await self._handler.options(request.headers.get(b"origin", b""))
        body = request.body
        request.pieces.clear()  # the joined body is the only copy: it may be hundreds of megabytes
        if b"gzip" in request.headers.get(b"content-encoding", b""):
            body = await asyncio.to_thread(inflated, body)
        return await self._handler.handle(request.method, found.full, body)

    def _page(self, path: bytes) -> Response:
        # The path alone led here; with a query it is TensorFlow Serving's 400.
        expected = self._metrics_path or b""
        if path != expected:
            return Response(400, b"Unexpected path: %b. Should be %b" % (path, expected), _PLAIN)
        return Response(200, self._metrics.render(), _PLAIN)


def inflated(body: bytes) -> bytes:
    """A gzip body's content; empty where it is no gzip, is damaged, or holds more than 100 MiB."""
    inflater = zlib.decompressobj(_GZIP)
    try:
        # One byte more than allowed, which separates a body of just the limit from a larger one without inflating a bomb.
        content = inflater.decompress(body, _LARGEST_INFLATED + 1)
    except zlib.error:
        return b""
    complete = inflater.eof and not inflater.unused_data and len(content) <= _LARGEST_INFLATED
    return content if complete else b""
