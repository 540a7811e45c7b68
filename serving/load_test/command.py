"""`slipway loadtest`: one rate or a sweep, against a running gateway or model server."""

import asyncio
import os
import platform
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from itertools import cycle, islice
from pathlib import Path

import uvloop

from prediction import split_rows
from schemas.errors import InputError
from schemas.model_card import ModelCard
from serving.load_test import open_loop, report
from serving.load_test.address import Address
from serving.load_test.figures import Figures, figures
from serving.load_test.protocol import Target
from serving.load_test.result import Result
from serving.load_test.settings import MOST_SECONDS_IN_ALL, Options
from serving.load_test.sweep import Limits, Sweep, sweep
from serving.load_test.targets import target

Watch = Callable[[open_loop.State], None]
_NO_KEY = ("HTTP 401", "HTTP 403")


def run(card: ModelCard, options: Options, reports: Path, watch: Watch | None = None) -> Result:
    """Tests, and writes the report.

    Args:
      card: of the pushed model whose test rows are sent.
      reports: where a report's folder is made if ``options.out`` is None.
      watch: called with the state of each rate's schedule before its first request; the state changes as the schedule runs.

    Returns:
      What ``load_test.json`` has, and ``report``: its folder.

    Raises:
      InputError: an option is refused, there are no rows, or the server does not answer a first request rightly.
    """
    address = options.check()
    rows = list(split_rows.rows(card, options.limit))
    at = datetime.now(UTC)
    folder = options.out or reports / "loadtest" / at.strftime("%Y%m%dT%H%M%SZ")
    found = uvloop.run(test(address, card, rows, options, watch))
    result: Result = {
        "model": card.name,
        "version": card.version,
        "url": str(address),
        "at": at.isoformat(timespec="seconds"),
        "machine": {"cores": os.cpu_count(), "architecture": platform.machine(), "python": platform.python_version()},
        "batch": options.batch,
        "rows": len(rows),
        "duration": options.duration,
        "p99_limit_ms": options.p99,
        "sweep": options.sweep,
        "rates": [step.as_json() for step in found.steps],
        "knee": found.knee.as_json() if options.sweep and found.knee else None,
        "note": found.note,
    }
    report.write(folder, result)
    return {**result, "report": str(folder)}


async def test(
    address: Address, card: ModelCard, rows: Sequence[split_rows.Row], options: Options, watch: Watch | None = None
) -> Sweep:
    """One rate or a sweep, after a first request that must be answered rightly."""
    server = target(address, card, options.timeout, options.api_key)
    try:
        # Encoded before the first request is due: encoding would count as the generator's lag.
        payloads = payloads_of(server, rows, options.batch)
        await probe(server, payloads[0], options.batch, address)

        async def measure(rate: float) -> Figures:
            plan = open_loop.Plan(rate, options.duration, options.in_flight, options.timeout)
            return figures(await open_loop.run(server, payloads, plan, watch))

        if options.sweep:
            limits = Limits(options.p99, options.max_requests, MOST_SECONDS_IN_ALL)
            return await sweep(measure, options.rate, limits)
        return Sweep([await measure(options.rate)], None, None)
    finally:
        await server.close()


def payloads_of(server: Target, rows: Sequence[split_rows.Row], batch: int) -> list[bytes]:
    """Requests of ``batch`` rows each, until every row was taken."""
    # The last request is filled up from the first rows: all requests have the same size.
    turns = cycle(rows)
    return [server.payload(list(islice(turns, batch))) for _ in range(-(-len(rows) // batch))]


async def probe(server: Target, payload: bytes, batch: int, address: Address) -> None:
    """Sends one request. Raises InputError for a wrong answer: a test of it would measure something else."""
    answered: asyncio.Future[tuple[str | None, bytes]] = asyncio.get_running_loop().create_future()
    server.send(payload, lambda error, answer: answered.set_result((error, answer)))
    error, answer = await answered
    if error is not None:
        text = " ".join(answer[:300].decode(errors="replace").split())
        hint = "name an API key that it takes: --api-key, or $SLIPWAY_API_KEY" if error in _NO_KEY else _hint(address)
        raise InputError(f"{address} does not answer: {error}{f' ({text})' if text else ''}; {hint}")
    problem = server.problem(answer, batch)
    if problem is not None:
        raise InputError(f"{address} gives {problem}; {_hint(address)}")


def _hint(address: Address) -> str:
    command = "slipway serve" if address.scheme == "grpc" else "slipway gateway"
    return f"is it the one that serves this model? start it with: {command}"
