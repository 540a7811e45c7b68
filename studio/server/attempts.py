"""Wrong tokens by address, so that nobody can try many."""

import math
import time
from collections import deque
from collections.abc import Callable

_MOST, _SECONDS = 20, 60.0
_ADDRESSES = 10_000  # that are remembered: a bound on memory


class Attempts:
    """Counts the wrong ones of each address: after 20 within a minute it has to wait."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._times: dict[str, deque[float]] = {}

    def add(self, address: str) -> None:
        """A wrong one."""
        times = self._times.pop(address, deque(maxlen=_MOST))
        times.append(self._clock())
        self._times[address] = times  # the last of the dict: the first is the oldest
        if len(self._times) > _ADDRESSES:
            del self._times[next(iter(self._times))]

    def wait(self, address: str) -> int:
        """Seconds until the address may try again; 0 if it may now."""
        times = self._times.get(address)
        if times is None or len(times) < _MOST:
            return 0
        return max(0, math.ceil(times[0] + _SECONDS - self._clock()))
