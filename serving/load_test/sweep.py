"""Finds the knee: the highest rate that the server sustains."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from serving.load_test.figures import Figures

_TIGHT = 1.1  # the knee is known when the lowest failed rate is at most so many times the highest sustained one
_LOWEST = 1.0  # requests a second
_PAUSE_SECONDS = 0.5
_RECOVERY_SECONDS = 2.0  # after a rate that was too much

Measure = Callable[[float], Awaitable[Figures]]


@dataclass(frozen=True)
class Limits:
    """Where a sweep ends at the latest.

    Attributes:
      p99_ms: see ``Figures.sustained``.
      requests: over all rates.
      seconds: over all rates, pauses included; a rate that has begun is finished.
    """

    p99_ms: float
    requests: int
    seconds: float


@dataclass(frozen=True)
class Sweep:
    """What a sweep found.

    Attributes:
      steps: every rate that was measured, in that order.
      knee: the figures of the highest sustained rate; None where none was.
      note: why the knee is not known to a tenth, where it is not.
    """

    steps: list[Figures]
    knee: Figures | None
    note: str | None


async def sweep(measure: Measure, first: float, limits: Limits) -> Sweep:
    """Doubles the rate until one fails (or halves it until one is sustained), then bisects to a tenth.

    A rate fails when it fails twice in a row: a pause of the machine is no knee.

    Args:
      measure: one rate's figures.
      first: the rate to begin with, requests a second.
    """
    search = _Search(measure, limits)
    note = await search.go(first)
    sustained = [step for step in search.steps if step.sustained(limits.p99_ms)]
    knee = max((step for step in sustained), key=lambda step: step.offered, default=None)
    if knee is not None and note is None and search.ended_by_generator:
        note = "the generator itself was behind its schedule at the rate above the knee: the server may sustain more"
    return Sweep(search.steps, knee, note)


class _SpentError(Exception):
    """A limit is reached."""


class _Search:
    def __init__(self, measure: Measure, limits: Limits) -> None:
        self._measure = measure
        self._limits = limits
        self._begun = time.monotonic()
        self.steps: list[Figures] = []

    @property
    def ended_by_generator(self) -> bool:
        """Whether the lowest failed rate was the generator's failure."""
        failed = [step for step in self.steps if not step.sustained(self._limits.p99_ms)]
        return bool(failed) and min(failed, key=lambda step: step.offered).generator_behind

    async def go(self, rate: float) -> str | None:
        """Measures rates until the knee is known; returns the reason where it is not, else None."""
        try:
            good, bad = await self._bracket(rate)
            while bad / good > _TIGHT:
                middle = round((good + bad) / 2, 1)
                if await self._sustained(middle):
                    good = middle
                else:
                    bad = middle
        except _SpentError as why:
            return str(why)
        return None

    async def _bracket(self, rate: float) -> tuple[float, float]:
        """A sustained rate, and a failed one above it."""
        if await self._sustained(rate):
            while await self._sustained(rate * 2):
                rate *= 2
            return rate, rate * 2
        while not await self._sustained(rate / 2):
            rate /= 2
            if rate / 2 < _LOWEST:
                raise _SpentError(f"not even {rate:g} requests a second were sustained")
        return rate / 2, rate

    async def _sustained(self, rate: float) -> bool:
        # A single failure may be a pause of the machine; two in a row are taken for the server's limit.
        return await self._once(rate) or await self._once(rate)

    async def _once(self, rate: float) -> bool:
        sent = sum(step.requests for step in self.steps)
        # The first rate always runs: its options were checked, and a sweep without a step has no report.
        if self.steps and sent + rate * self.steps[0].duration > self._limits.requests:
            raise _SpentError(
                f"stopped before {rate:g}/s: more than {self._limits.requests} requests in all (--max-requests)"
            )
        if time.monotonic() - self._begun > self._limits.seconds:
            raise _SpentError(f"stopped before {rate:g}/s: {self._limits.seconds:g} seconds have passed")
        step = await self._measure(rate)
        self.steps.append(step)
        good = step.sustained(self._limits.p99_ms)
        # A server that was overloaded still works on what was given up; the next rate must not pay for that.
        await asyncio.sleep(_PAUSE_SECONDS if good else _RECOVERY_SECONDS)
        return good
