"""Limits: requests per second of a key, predictions under way, bytes and seconds of a body."""

import asyncio
import time
from collections.abc import Callable
from typing import Any

from serving.gateway.problems import HttpProblem

_BUCKETS = 10_000  # addresses or keys that are tracked: a bound on memory


class RateLimit:
    """A token bucket for each key: ``rate`` tokens per second, at most one second's worth (and at least one) saved up.

    Args:
      rate: requests per second; 0 for no limit.
    """

    def __init__(self, rate: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._rate = rate
        self._size = max(1.0, rate)
        self._clock = clock
        self._buckets: dict[str, tuple[float, float]] = {}

    def take(self, key: str) -> float:
        """Takes a token: 0 if there was one, else the seconds until there is."""
        if not self._rate:
            return 0.0
        now = self._clock()
        tokens, at = self._buckets.pop(key, (self._size, now))
        tokens = min(self._size, tokens + (now - at) * self._rate)
        wait = 0.0 if tokens >= 1 else (1 - tokens) / self._rate
        self._buckets[key] = (tokens if wait else tokens - 1, now)  # the last of the dict: the first is the oldest
        if len(self._buckets) > _BUCKETS:
            del self._buckets[next(iter(self._buckets))]
        return wait


async def read_body(receive: Callable[[], Any], declared: str | None, limit: int, deadline: float) -> bytes:
    """The whole body of a request.

    Args:
      receive: ASGI's.
      declared: the header Content-Length.
      limit: bytes.
      deadline: when it must be here, in the seconds of ``time.monotonic``.

    Raises:
      HttpProblem: too large (without reading on), or too slow.
      ClientDisconnectedError: the client closed the connection.
    """
    # llhttp has refused a Content-Length that is not a number.
    if declared is not None and int(declared) > limit:
        raise _too_large(int(declared), limit)
    try:
        async with asyncio.timeout(deadline - time.monotonic()):
            return await _read(receive, limit)
    except TimeoutError:
        # The rest of the body stays unread, so the connection cannot carry another request.
        raise HttpProblem("body-too-slow", "the body was not complete in time", {"Connection": "close"}) from None


async def _read(receive: Callable[[], Any], limit: int) -> bytes:
    chunks: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientDisconnectedError
        size += len(message["body"])
        if size > limit:
            raise _too_large(size, limit)
        chunks.append(message["body"])
        if not message.get("more_body"):
            return chunks[0] if len(chunks) == 1 else b"".join(chunks)


def _too_large(size: int, limit: int) -> HttpProblem:
    detail = f"the body has {size:,} bytes or more; up to {limit:,} are allowed"
    # As above: an unread body ends the connection.
    return HttpProblem("too-large", detail, {"Connection": "close"}, received=size, allowed=limit)


class ClientDisconnectedError(Exception):
    """The client closed the connection before its request was complete."""
