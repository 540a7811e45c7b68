"""A circuit breaker: after failures in a row nothing is asked for a while, then one request tries."""

import time
from collections.abc import Callable
from enum import IntEnum


class State(IntEnum):
    """The value of the metric, too."""

    CLOSED = 0
    HALF_OPEN = 1
    OPEN = 2


class Breaker:
    """Of one model.

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
        """Seconds until asking makes sense. At 0 the caller asks, and must then call succeeded, failed or released."""
        if self.state is State.CLOSED:
            return 0.0
        left = self._until - self._clock()
        if left > 0:
            return left
        # A probe that never reports back must not close the way for ever: after another term the next one goes.
        self.state = State.HALF_OPEN
        self._until = self._clock() + self._seconds
        return 0.0

    def succeeded(self) -> None:
        self._failures = 0
        self.state = State.CLOSED

    def failed(self) -> None:
        self._failures += 1
        if self.state is State.HALF_OPEN or self._failures >= self._limit:
            self.state = State.OPEN
            self._until = self._clock() + self._seconds

    def released(self) -> None:
        """The request ended in a way that says nothing of the server, such as a cancelled one."""
        if self.state is State.HALF_OPEN:
            self.state = State.OPEN
            self._until = self._clock()
