"""How a call to a server can fail. Every error is one line, and ends a command with exit code 2."""

from collections.abc import Mapping
from typing import Any

from prediction.answer import UnansweredError
from schemas.errors import InputError


class ServingCallError(InputError):
    """A call without an answer: the base of all errors here.

    Attributes:
      status: HTTP's status code or gRPC's name of it; "" where no server answered.
      problem: the server's RFC 9457 document; empty where it sent none.
      retry_after: seconds to wait before a retry, from the server's Retry-After; None without one.
      may_retry: whether the same call may succeed in a moment, without doing harm.
    """

    def __init__(
        self,
        message: str,
        *,
        status: str = "",
        problem: Mapping[str, Any] | None = None,
        retry_after: float | None = None,
        may_retry: bool = False,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.problem = dict(problem or {})
        self.retry_after = retry_after
        self.may_retry = may_retry


class InvalidInputError(ServingCallError, UnansweredError):
    """The model does not take this input."""

    @property
    def errors(self) -> list[dict[str, Any]]:
        """What is wrong, for each mistake that was found: ``{"field", "received", "allowed", "example", "detail"}``, of which
        ``field`` is None where it is the input as a whole. Empty where the server sent no such list."""
        found = self.problem.get("errors")
        return [error for error in found if isinstance(error, dict)] if isinstance(found, list) else []

    @property
    def field(self) -> str | None:
        """The first field that is wrong."""
        return self._first("field")

    @property
    def received(self) -> Any:
        """What came in it, as text."""
        return self._first("received")

    @property
    def allowed(self) -> Any:
        """What may stand there."""
        return self._first("allowed")

    @property
    def example(self) -> Any:
        """What the model takes there."""
        return self._first("example")

    def _first(self, part: str) -> Any:
        # A problem about the query or the size has no list, but names parameter and limit itself.
        return (self.errors or [self.problem])[0].get(part)


class TooLargeError(InvalidInputError):
    """More bytes or more inputs than the server takes at once."""


class UnknownModelError(ServingCallError):
    """No such model, version or label is served."""


class UnauthorizedError(ServingCallError):
    """The API key is missing, unknown, or not for this model."""


class OverloadedError(ServingCallError):
    """The server has too much to do, or the API key's rate is used up; ``retry_after`` has the wait in seconds."""


class UnavailableError(ServingCallError):
    """The server cannot be reached, or has no model ready."""


class CallTimeoutError(ServingCallError):
    """No answer within the time that the call had, all its attempts included; or the server gave up first."""


class UnexpectedAnswerError(ServingCallError):
    """The answer is not in this client's protocol, or is an error of the server's own (5xx, INTERNAL)."""
