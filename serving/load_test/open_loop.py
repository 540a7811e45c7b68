"""Requests on a fixed schedule, whatever the server does.

A generator that waits for an answer before its next request slows down with the server, and so sends the fewest requests when
the answers are slowest (Tene calls that coordinated omission). Here the i-th request is due at i / rate; its latency counts
from then, so that what waits behind a slow answer is slow too.
"""

import asyncio
import gc
import time
from array import array
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from serving.load_test.alarm import Alarm
from serving.load_test.protocol import Target

NOT_SENT = "not sent"
_BURST = 64  # overdue requests that are sent before the event loop may read answers
_TEXT = 300  # bytes of an error's text that are kept
_WARM_SHARE = 0.2  # of the duration, at most


@dataclass(frozen=True)
class Plan:
    """One rate, held for a time.

    Attributes:
      rate: requests a second.
      duration: seconds that count; a warm phase at the same rate comes before them, without a pause between.
      in_flight: the most requests under way; what is due above that is not sent, and counts as an error.
      timeout: seconds after which the target gives a request up.
      warm_seconds: how long the warm phase is, at most a fifth of the duration.
    """

    rate: float
    duration: float
    in_flight: int
    timeout: float
    warm_seconds: float = 1.0

    @property
    def warm(self) -> int:
        """Requests of the warm phase."""
        return round(self.rate * min(self.warm_seconds, _WARM_SHARE * self.duration))

    @property
    def counted(self) -> int:
        """Requests that count, at least one."""
        return max(round(self.rate * self.duration), 1)


@dataclass
class Outcome:
    """What became of every request that counts.

    Attributes:
      plan: the schedule that was run.
      due: float64[n], seconds from the first counted request to when each was due.
      lag: float64[n], seconds from then until it was sent; 0 for what was not sent.
      latency: float64[n], seconds from when it was due until its answer or error.
      errors: n classes of error, None for an answer.
      texts: the server's text with the first error of each class, those of the warm phase too.
      processor_seconds: the generator's own, for each request.
    """

    plan: Plan
    due: "array[float]"
    lag: "array[float]"
    latency: "array[float]"
    errors: list[str | None]
    texts: dict[str, str]
    processor_seconds: float


@dataclass
class State:
    """How far a schedule has come, for a display."""

    plan: Plan
    sent: int = 0
    answered: int = 0
    failed: int = 0
    begun: float = field(default_factory=time.monotonic)


async def run(
    target: Target, payloads: Sequence[bytes], plan: Plan, watch: Callable[[State], None] | None = None
) -> Outcome:
    """Sends the payloads in turn, as planned, and waits for what is under way at the end.

    Args:
      watch: called once with the state, before the first request; the state changes as the schedule runs.
    """
    with _no_collector():
        schedule = _Schedule(target, payloads, plan)
        if watch is not None:
            watch(schedule.state)
        begun = time.process_time()
        await schedule.send_all()
        await schedule.drain()
        return schedule.outcome(time.process_time() - begun)


@contextmanager
def _no_collector() -> Iterator[None]:
    """Turns the garbage collector off: a full collection is a pause of the generator, not of the server.

    The schedule is short and its requests are counted, so what is not collected meanwhile is bounded.
    """
    gc.collect()
    gc.freeze()
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
        gc.unfreeze()


class _Schedule:
    def __init__(self, target: Target, payloads: Sequence[bytes], plan: Plan) -> None:
        self._target = target
        self._payloads = payloads
        self._plan = plan
        self._total = plan.warm + plan.counted
        self._due = array("d")
        # Allocated before the first request: growing lists would copy themselves in the middle of the schedule.
        self._lag = array("d", bytes(8 * self._total))
        self._latency = array("d", bytes(8 * self._total))
        self._errors: list[str | None] = [None] * self._total
        self._texts: dict[str, str] = {}
        self._under_way = 0
        self._drained = asyncio.Event()
        self.state = State(plan)

    async def send_all(self) -> None:
        begun = time.monotonic()
        with Alarm() as alarm:
            # All from the start, none from the one before: rounding and delays do not add up.
            self._due = array("d", (begun + index / self._plan.rate for index in range(self._total)))
            index = 0
            while index < self._total:
                await alarm.until(self._due[index])
                now = time.monotonic()
                for _ in range(_BURST):
                    if index == self._total or self._due[index] > now:
                        break
                    self._send(index)
                    index += 1

    def _send(self, index: int) -> None:
        now, due = time.monotonic(), self._due[index]
        # Without a bound a server that stops answering would take all memory and ports of this machine.
        if self._under_way >= self._plan.in_flight:
            self._latency[index] = now - due
            self._errors[index] = NOT_SENT
            self.state.failed += 1
            return
        # now is read for each request: within a burst the later ones are later.
        self._lag[index] = now - due
        self._under_way += 1
        self.state.sent += 1

        def done(error: str | None, answer: bytes) -> None:
            self._latency[index] = time.monotonic() - due
            self._errors[index] = error
            self._under_way -= 1
            if error is None:
                self.state.answered += 1
            else:
                self.state.failed += 1
                if error not in self._texts:
                    self._texts[error] = " ".join(answer[:_TEXT].decode(errors="replace").split())
            if not self._under_way:
                self._drained.set()

        self._target.send(self._payloads[index % len(self._payloads)], done)

    async def drain(self) -> None:
        """Waits for the last answers; each has a timeout of its own."""
        while self._under_way:
            self._drained.clear()
            await self._drained.wait()

    def outcome(self, processor_seconds: float) -> Outcome:
        warm = self._plan.warm
        first = self._due[warm]
        due = array("d", (when - first for when in self._due[warm:]))
        return Outcome(
            plan=self._plan,
            due=due,
            lag=self._lag[warm:],
            latency=self._latency[warm:],
            errors=self._errors[warm:],
            texts=self._texts,
            processor_seconds=processor_seconds / self._total,
        )
