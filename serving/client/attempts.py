"""When a failed call is tried again: within one deadline, ever less often, and not in step with other clients."""

import random
import time
from collections.abc import Callable

from serving.client.errors import ServingCallError

FIRST_PAUSE = 0.1  # seconds, doubled with each failure
LONGEST_PAUSE = 5.0


class Attempts:
    """One call's attempts: counts failures and computes the pauses between them.

    Args:
      retries: how often a failed call may be repeated.
      timeout: seconds from now to the deadline.
      clock: seconds that only rise.

    Attributes:
      made: how many have failed.
      last: the error of the last one.
    """

    def __init__(self, retries: int, timeout: float, clock: Callable[[], float] = time.monotonic) -> None:
        self.made = 0
        self.last: ServingCallError | None = None
        self._retries = retries
        self._clock = clock
        self._deadline = clock() + timeout

    def remaining(self) -> float:
        """Seconds until the deadline, at least 0."""
        return max(0.0, self._deadline - self._clock())

    def pause(self, error: ServingCallError) -> float:
        """Seconds to wait before the next attempt: Retry-After, if the server sent one, and a jittered backoff.

        Raises:
          ServingCallError: ``error``, where another attempt is not safe, not allowed any more, or would come too late.
        """
        self.made += 1
        self.last = error
        longest = min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** (self.made - 1))
        # Jitter comes on top of Retry-After, as all refused clients get the same one; without it they would return together.
        pause = (error.retry_after or 0) + longest * random.uniform(0.5, 1)
        # A pause that ends after the deadline is not begun: the caller gets the real error now and not a timeout later.
        if not error.may_retry or self.made > self._retries or pause >= self.remaining():
            raise error
        return pause
