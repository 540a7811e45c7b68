"""New versions under load: what requests notice while the model server takes one version after the other.

usage: python -m bench.serving.hot_swap MODELS [--name NAME] [--seconds S] [--every S]

At half of the knee: first quiet, then with a new version (a copy of the model, copied beside and renamed, as the Pusher does)
every few seconds. Asked directly over gRPC, and through the gateway.
"""

import argparse
import asyncio
import contextlib
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import uvloop

from bench.serving import results
from bench.serving.asking import Asked, asking, card_of
from bench.serving.running import gateway, model_server
from registry import version_map

QUIET, SWAPPING = "quiet", "swapping"


def push(models: Path) -> None:
    """One more version of a model, shown by a rename."""
    newest = version_map.folders(models)[-1]
    part = models / ".pushing"
    shutil.copytree(newest, part)
    part.rename(models / str(int(newest.name) + 1))


async def pushing(models: Path, every: float) -> None:
    while True:
        await asyncio.sleep(every)
        await asyncio.to_thread(push, models)


async def quiet_and_swapping(asked: Asked, models: Path, arguments: argparse.Namespace) -> dict[str, Any]:
    knee = await asked.knee(400.0)
    rate = round(knee / 2, 1)
    quiet = await asked.at(rate, arguments.seconds)
    before = len(version_map.folders(models))
    swaps = asyncio.create_task(pushing(models, arguments.every))
    try:
        swapping = await asked.at(rate, arguments.seconds)
    finally:
        swaps.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await swaps
    pushed = len(version_map.folders(models)) - before
    return {"knee": knee, "rate": rate, "versions": pushed, QUIET: quiet.as_json(), SWAPPING: swapping.as_json()}


async def measured(urls: dict[str, str], models: Path, arguments: argparse.Namespace) -> dict[str, Any]:
    card = card_of(arguments.models, arguments.name)
    found = {}
    for way, url in urls.items():
        async with asking(url, card) as asked:
            found[way] = await quiet_and_swapping(asked, models, arguments)
    return found


def written(found: dict[str, Any]) -> None:
    rows, verdicts = [], []
    for way, one in found.items():
        for phase in (QUIET, SWAPPING):
            latency = one[phase]["latency"]
            errors = sum(one[phase]["errors"].values())
            versions = one["versions"] if phase == SWAPPING else 0
            rows.append(
                [f"{way}, {phase}", one["rate"], versions, *(latency[p] for p in ("p50", "p95", "p99", "max")), errors]
            )
        ratio = one[SWAPPING]["latency"]["p99"] / one[QUIET]["latency"]["p99"]
        verdicts.append(results.verdict(f"{way}: failed requests", sum(one[SWAPPING]["errors"].values()), 0))
        verdicts.append(results.verdict(f"{way}: p99 while swapping, times the quiet one", ratio, 3.0))
    headings = ("", "requests/s", "new versions", "p50 ms", "p95 ms", "p99 ms", "max ms", "failed")
    lines = ["Titanic, at half of the knee of each way.", "", *results.table(headings, rows)]
    results.write("hot_swap", "New versions under load", lines, verdicts, found)


@contextlib.contextmanager
def copied(models: Path, name: str) -> Iterator[Path]:
    """A folder of models with the newest version of one."""
    with tempfile.TemporaryDirectory() as folder:
        newest = version_map.folders(models / name)[-1]
        shutil.copytree(newest, Path(folder, name, newest.name))
        yield Path(folder)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("models", type=Path)
    parser.add_argument("--name", default="titanic")
    parser.add_argument("--seconds", type=float, default=30.0)
    parser.add_argument("--every", type=float, default=5.0)
    arguments = parser.parse_args()
    with (
        copied(arguments.models, arguments.name) as models,
        model_server(models) as server,
        gateway(models, server) as front,
    ):
        urls = {"gRPC": f"grpc://127.0.0.1:{server.port}", "gateway": f"http://127.0.0.1:{front.port}"}
        found = uvloop.run(measured(urls, models / arguments.name, arguments))
    written(found)


if __name__ == "__main__":
    main()
