"""What every request passes, in pure ASGI: its id, limits, access, and at the end its line in log and metrics.

A prediction past the limit is refused here, before its body is read: refusing must stay cheap under overload.
"""

import re
import time
import traceback
from typing import Any

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from serving.gateway import access
from serving.gateway.exchange import Exchange
from serving.gateway.limits import ClientDisconnectedError
from serving.gateway.problems import HttpProblem
from serving.gateway.state import Gateway

_REQUEST_ID = re.compile(r"[A-Za-z0-9._:/+=@-]{1,128}")
# No others are decoded: this runs for every request, refused ones too.
_USED_HEADERS = (b"authorization", b"x-api-key", b"x-request-id", b"host")


class Gate:
    """The outermost ASGI application: admits a request, hands it to the inner one, and records it."""

    def __init__(self, app: ASGIApp, gateway: Gateway) -> None:
        self._app = app
        self._gateway = gateway
        self._in_flight = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        # The lifespan events of uvicorn pass unchanged.
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = {name.decode(): value.decode("latin-1") for name, value in scope["headers"] if name in _USED_HEADERS}
        exchange = Exchange.begin(_request_id(headers))
        scope["slipway.exchange"] = exchange

        async def answer(message: Message) -> None:
            if message["type"] == "http.response.start":
                exchange.status = message["status"]
                message["headers"] = [*message["headers"], (b"x-request-id", exchange.id.encode())]
            await send(message)

        try:
            await self._admitted(exchange, headers, scope, receive, answer)
        except ClientDisconnectedError:
            exchange.status = 499  # no client is left to read it; nginx's code, for log and metrics
        except Exception as error:
            await self._bug(exchange, error, scope, receive, answer)
        finally:
            self._record(exchange, scope)

    async def _admitted(
        self, exchange: Exchange, headers: dict[str, str], scope: Scope, receive: Receive, answer: Send
    ) -> None:
        # Every POST is a prediction. The read-only routes stay available while predictions are refused.
        predicts = scope["method"] == "POST"
        try:
            self._check(exchange, headers, scope)
            if predicts and self._in_flight >= self._gateway.settings.max_in_flight:
                raise HttpProblem("overloaded", "as many predictions as are allowed are under way", retry_after=1)
        except HttpProblem as problem:
            exchange.problem = problem.kind
            await problem.response(exchange.id, scope["path"])(scope, receive, answer)
            return
        if not predicts:
            await self._app(scope, receive, answer)
            return
        # A plain counter: all requests run on one event loop, and nothing awaits between check and increment.
        self._in_flight += 1
        self._gateway.metrics.in_flight.set(self._in_flight)
        try:
            await self._app(scope, receive, answer)
        finally:
            self._in_flight -= 1
            self._gateway.metrics.in_flight.set(self._in_flight)

    def _check(self, exchange: Exchange, headers: dict[str, str], scope: Scope) -> None:
        """Raises HttpProblem for a request that may not pass."""
        if scope["path"] in access.OPEN:
            return
        keys = self._gateway.keys.value
        if keys is not None:
            exchange.key = access.identify(headers, keys)
        else:
            access.check_host(headers)
        if scope["path"].startswith("/v1/"):
            # ASGI gives None where the peer has no address.
            client = scope.get("client") or ("",)
            wait = self._gateway.rate.take(exchange.key.name if exchange.key else client[0])
            if wait:
                detail = f"{self._gateway.settings.rate_limit:g} requests per second are allowed"
                raise HttpProblem("too-many-requests", detail, retry_after=wait)

    async def _bug(self, exchange: Exchange, error: Exception, scope: Scope, receive: Receive, answer: Send) -> None:
        """Answers an unexpected error with 500. Its place is logged, its text is not, as it may quote the request."""
        frame = traceback.extract_tb(error.__traceback__)[-1]
        fields: dict[str, Any] = {"error": type(error).__name__, "place": f"{frame.filename}:{frame.lineno}"}
        if self._gateway.settings.debug:
            fields["traceback"] = traceback.format_exception(error)
        self._gateway.log.line("error", "a bug of ours", request_id=exchange.id, **fields)
        # A response that has begun cannot be replaced; uvicorn closes its connection.
        if not exchange.status:
            exchange.problem = "bug"
            detail = "the gateway failed; the log has the place under this request_id"
            await HttpProblem("bug", detail).response(exchange.id, scope["path"])(scope, receive, answer)

    def _record(self, exchange: Exchange, scope: Scope) -> None:
        seconds = time.monotonic() - exchange.begun
        gateway = self._gateway
        # The pattern, not the path: clients choose paths, and each would be a time series of its own.
        route = exchange.route or getattr(scope.get("route"), "path", "")
        gateway.metrics.answered(exchange.model, route, scope["method"], exchange.status, seconds)
        level = "info" if exchange.status < 500 else "error"
        gateway.log.line(level, "request", **exchange.record(scope["method"], route, seconds))


def _request_id(headers: dict[str, str]) -> str | None:
    """The caller's own X-Request-ID, unless it could spoil a log."""
    sent = headers.get("x-request-id", "")
    return sent if _REQUEST_ID.fullmatch(sent) else None
