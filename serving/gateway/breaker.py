"""A circuit breaker: after failures in a row no call is made for a while, then a single probe."""

import time
from collections.abc import Callable
from enum import IntEnum


class State(IntEnum):
    """The breaker's states; the integers are the values of the metric ``slipway_gateway_breaker_state``."""

    CLOSED = 0
    HALF_OPEN = 1
    OPEN = 2


class Breaker:
    """The circuit breaker of one model.

    Attributes:
      state: as of the last call of a method; an open breaker becomes half open only in ``wait``.

    Args:
      failures: how many in a row open it.
      seconds: how long it stays open.
      clock: seconds that only rise.
    """

    def __init__(self, failures: int = 5, seconds: float = 1.0, clock: Callable[[], float] = time.monotonic) -> None:
        self._limit = failures
        self._seconds = seconds
        self._clock = clock
        self._failures = 0
        self._until = 0.0
        self.state = State.CLOSED

    def wait(self) -> float:
        """Seconds until a call may be made. At 0 the caller makes it, and then reports succeeded, failed or released."""
        if self.state is State.CLOSED:
            return 0.0
        left = self._until - self._clock()
        if left > 0:
            return left
        # A probe that never reports back must not keep the breaker open for ever: after another term the next one goes.
        self.state = State.HALF_OPEN
        self._until = self._clock() + self._seconds
        return 0.0

    def succeeded(self) -> None:
        """The server answered: closes the breaker and resets the count of failures."""
        self._failures = 0
        self.state = State.CLOSED

    def failed(self) -> None:
        """The server did not answer: opens the breaker after ``failures`` in a row."""
        self._failures += 1
        # A failed probe reopens at once: what opened the breaker has not passed.
        if self.state is State.HALF_OPEN or self._failures >= self._limit:
            self.state = State.OPEN
            self._until = self._clock() + self._seconds

    def released(self) -> None:
        """The call ended without a verdict on the server, such as a cancelled one: the next caller may probe at once."""
        if self.state is State.HALF_OPEN:
            self.state = State.OPEN
            self._until = self._clock()
