"""What the benchmarks ask: a model's real test rows, on a schedule (open loop) or by so many clients at once (closed loop)."""

import asyncio
import contextlib
import os
import sys
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from itertools import cycle
from pathlib import Path

from prediction import split_rows
from registry import pushed
from schemas.model_card import ModelCard
from serving.load_test import address, command, open_loop
from serving.load_test.figures import Figures, figures
from serving.load_test.protocol import Target
from serving.load_test.settings import MOST_IN_FLIGHT
from serving.load_test.sweep import Limits, sweep
from serving.load_test.targets import target

TIMEOUT = 5.0
PRIORITY = -10  # a nice value
_KNEE = Limits(p99_ms=100.0, requests=400_000, seconds=300.0)


def card_of(models: Path, name: str) -> ModelCard:
    return ModelCard.read(pushed.find(models / name, name))


@dataclass(frozen=True)
class Asked:
    """A server and the requests that it is asked in turn."""

    target: Target
    payloads: Sequence[bytes]

    async def outcome(self, rate: float, seconds: float, warm_seconds: float = 1.0) -> open_loop.Outcome:
        plan = open_loop.Plan(rate, seconds, MOST_IN_FLIGHT, TIMEOUT, warm_seconds)
        return await open_loop.run(self.target, self.payloads, plan)

    async def at(self, rate: float, seconds: float) -> Figures:
        return figures(await self.outcome(rate, seconds))

    async def knee(self, first: float, seconds: float = 5.0) -> float:
        """The highest rate that is sustained, requests a second. Ends the benchmark where there is none."""

        async def measure(rate: float) -> Figures:
            step = await self.at(rate, seconds)
            print(f"{rate:g}/s: {step.achieved:g} answered, p99 {step.latency.p99} ms, {step.errors}", file=sys.stderr)
            return step

        found = await sweep(measure, first, _KNEE)
        if found.knee is None:
            raise SystemExit(f"no knee: {found.note}")
        return found.knee.offered

    async def closed_loop(self, clients: int, seconds: float) -> float:
        """Answers a second, where each client asks again once it has its answer. Ends the benchmark at an error."""
        payloads, ends, answered = cycle(self.payloads), time.monotonic() + seconds, 0

        async def client() -> None:
            nonlocal answered
            while time.monotonic() < ends:
                done: asyncio.Future[tuple[str | None, bytes]] = asyncio.get_running_loop().create_future()
                self.target.send(next(payloads), lambda error, answer, done=done: done.set_result((error, answer)))
                error, answer = await done
                if error is not None:
                    raise SystemExit(f"{error}: {answer[:300]!r}")
                answered += 1

        begun = time.monotonic()
        await asyncio.gather(*(client() for _ in range(clients)))
        return answered / (time.monotonic() - begun)


@asynccontextmanager
async def asking(url: str, card: ModelCard, batch: int = 1) -> AsyncIterator[Asked]:
    """The test rows of a pushed model, for the server at ``url``, after one right answer.

    Meanwhile this process goes before the servers where it may (root): it stands for clients on machines of their own, and a
    generator that waits for the server's processor cannot keep its schedule.
    """
    where = address.parse(url)
    asked = target(where, card, TIMEOUT)
    with contextlib.suppress(PermissionError):
        os.setpriority(os.PRIO_PROCESS, 0, PRIORITY)
    try:
        payloads = command.payloads_of(asked, list(split_rows.rows(card, 1000)), batch)
        await command.probe(asked, payloads[0], batch, where)
        yield Asked(asked, payloads)
    finally:
        await asked.close()
        with contextlib.suppress(PermissionError):
            os.setpriority(os.PRIO_PROCESS, 0, 0)
