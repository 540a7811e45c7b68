"""One HTTP exchange: what the gate, the routes and the access log share of a request and its answer."""

import os
import time
from dataclasses import dataclass, field
from typing import TypedDict

from starlette.requests import Request

from serving.gateway.keys import Key


class AccessRecord(TypedDict):
    """The fields of an access log line; ``ms`` from the request's header to the end of its answer."""

    request_id: str
    method: str
    route: str
    status: int
    ms: float
    model: str | None
    version: str | None
    inputs: int | None
    key: str | None
    problem: str | None


@dataclass(slots=True)
class Exchange:
    """A request and its answer, filled in as the request is handled.

    Attributes:
      id: X-Request-ID.
      begun: in the seconds of ``time.monotonic``.
      key: the API key; None where none is needed.
      route: the path's pattern; "" for an unknown path.
      model: a model that has a card, else "".
      version: the semantic version that answers.
      inputs: how many the request had.
      status: of the answer; 0 before it begins.
      problem: the slug of an answer that is an error.
    """

    id: str
    begun: float = field(default_factory=time.monotonic)
    key: Key | None = None
    route: str = ""
    model: str = ""
    version: str | None = None
    inputs: int | None = None
    status: int = 0
    problem: str | None = None

    @classmethod
    def begin(cls, sent: str | None) -> "Exchange":
        """A new exchange with the caller's request id, or one of 128 random bits (32 hex digits)."""
        return cls(sent or os.urandom(16).hex())

    def may_see(self, model: str) -> bool:
        """Whether the exchange's key, if one is needed, allows this model."""
        return self.key is None or self.key.allows(model)

    def record(self, method: str, route: str, seconds: float) -> AccessRecord:
        """The access log's record of the finished exchange; ``seconds`` is how long it took."""
        return AccessRecord(
            request_id=self.id,
            method=method,
            route=route,
            status=self.status,
            ms=round(seconds * 1000, 2),
            model=self.model or None,
            version=self.version,
            inputs=self.inputs,
            key=self.key.name if self.key else None,
            problem=self.problem,
        )


def exchange_of(request: Request) -> Exchange:
    """The exchange that the gate put into the request's ASGI scope."""
    exchange: Exchange = request.scope["slipway.exchange"]
    return exchange
