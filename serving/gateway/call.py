"""What is known of one request while it is answered."""

import os
import time
from dataclasses import dataclass, field

from starlette.requests import Request

from serving.gateway.keys import Key


@dataclass(slots=True)
class Call:
    """Attributes:
    id: X-Request-ID.
    begun: in the seconds of ``time.monotonic``.
    key: the API key; None where none are asked for.
    route: the path's pattern; "" for an unknown path.
    model: a model that has a card, else "".
    version: the semantic version that answers.
    inputs: how many were asked.
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
    def begin(cls, sent: str | None) -> "Call":
        """With the caller's id, or one of 128 random bits."""
        return cls(sent or os.urandom(16).hex())

    def may_see(self, model: str) -> bool:
        return self.key is None or self.key.allows(model)


def of(request: Request) -> Call:
    call: Call = request.scope["slipway.call"]
    return call
