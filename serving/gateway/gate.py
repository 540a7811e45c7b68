"""What every request passes, in pure ASGI: its id, limits, access, and at the end its line in log and metrics.

A prediction past the limit is refused here, before its body is read: refusing must stay cheap when too much is asked.
"""

import re
import time
import traceback
from typing import Any

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from serving.gateway import access
from serving.gateway.call import Call
from serving.gateway.limits import ClientDisconnectedError
from serving.gateway.problems import HttpProblem
from serving.gateway.state import Gateway

_REQUEST_ID = re.compile(r"[A-Za-z0-9._:/+=@-]{1,128}")
_READ = (b"authorization", b"x-api-key", b"x-request-id", b"host")


class Gate:
    """Around the application."""

    def __init__(self, app: ASGIApp, gateway: Gateway) -> None:
        self._app = app
        self._gateway = gateway
        self._in_flight = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = {name.decode(): value.decode("latin-1") for name, value in scope["headers"] if name in _READ}
        call = Call.begin(_id(headers))
        scope["slipway.call"] = call

        async def answer(message: Message) -> None:
            if message["type"] == "http.response.start":
                call.status = message["status"]
                message["headers"] = [*message["headers"], (b"x-request-id", call.id.encode())]
            await send(message)

        try:
            await self._admitted(call, headers, scope, receive, answer)
        except ClientDisconnectedError:
            call.status = 499  # nobody reads it; the log and the metrics call it so
        except Exception as error:
            await self._bug(call, error, scope, receive, answer)
        finally:
            self._record(call, scope)

    async def _admitted(
        self, call: Call, headers: dict[str, str], scope: Scope, receive: Receive, answer: Send
    ) -> None:
        predicts = scope["method"] == "POST"
        try:
            self._check(call, headers, scope)
            if predicts and self._in_flight >= self._gateway.settings.max_in_flight:
                raise HttpProblem("overloaded", "as many predictions as are allowed are under way", retry_after=1)
        except HttpProblem as problem:
            call.problem = problem.kind
            await problem.response(call.id, scope["path"])(scope, receive, answer)
            return
        if not predicts:
            await self._app(scope, receive, answer)
            return
        self._in_flight += 1
        self._gateway.metrics.in_flight.set(self._in_flight)
        try:
            await self._app(scope, receive, answer)
        finally:
            self._in_flight -= 1
            self._gateway.metrics.in_flight.set(self._in_flight)

    def _check(self, call: Call, headers: dict[str, str], scope: Scope) -> None:
        """Raises HttpProblem for a request that may not pass."""
        if scope["path"] in access.OPEN:
            return
        keys = self._gateway.keys.value
        if keys is not None:
            call.key = access.identify(headers, keys)
        else:
            access.check_host(headers)
        if scope["path"].startswith("/v1/"):
            client = scope.get("client") or ("",)
            wait = self._gateway.rate.take(call.key.name if call.key else client[0])
            if wait:
                detail = f"{self._gateway.settings.rate_limit:g} requests per second are allowed"
                raise HttpProblem("too-many-requests", detail, retry_after=wait)

    async def _bug(self, call: Call, error: Exception, scope: Scope, receive: Receive, answer: Send) -> None:
        """An error that nothing foresaw: its place is logged, its text is not, as it may quote the request."""
        frame = traceback.extract_tb(error.__traceback__)[-1]
        fields: dict[str, Any] = {"error": type(error).__name__, "place": f"{frame.filename}:{frame.lineno}"}
        if self._gateway.settings.debug:
            fields["traceback"] = traceback.format_exception(error)
        self._gateway.log.line("error", "a bug of ours", request_id=call.id, **fields)
        if not call.status:
            call.problem = "bug"
            detail = "the gateway failed; the log has the place under this request_id"
            await HttpProblem("bug", detail).response(call.id, scope["path"])(scope, receive, answer)

    def _record(self, call: Call, scope: Scope) -> None:
        seconds = time.monotonic() - call.begun
        gateway = self._gateway
        route = call.route or getattr(scope.get("route"), "path", "")
        gateway.metrics.answered(call.model, route, scope["method"], call.status, seconds)
        gateway.log.line(
            "info" if call.status < 500 else "error",
            "request",
            request_id=call.id,
            method=scope["method"],
            route=route,
            status=call.status,
            ms=round(seconds * 1000, 2),
            model=call.model or None,
            version=call.version,
            inputs=call.inputs,
            key=call.key.name if call.key else None,
            problem=call.problem,
        )


def _id(headers: dict[str, str]) -> str | None:
    """The caller's own X-Request-ID, unless it could spoil a log."""
    sent = headers.get("x-request-id", "")
    return sent if _REQUEST_ID.fullmatch(sent) else None
