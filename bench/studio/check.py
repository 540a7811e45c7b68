#!/usr/bin/env python
"""Measures the check of a drawing on the studio's worker, in turn with what it does without: building the model with weights.

usage: check.py [--layers N ...] [--turns T] [--out FILE]

Each turn checks and builds a graph of N layers: convolutions and normalizations, no two of them with the same arguments, and
a shortcut around every pair. ``one layer changed`` is what the editor asks for: the rest is as it was in the check before.
``all layers new`` is a graph that was never seen. Both go through the worker's client, JSON and pipes included; the weights
are built in the same process.
"""

import argparse
import asyncio
import os
import platform
import statistics
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "bench")]

from processes import publish  # noqa: E402

KINDS = ("one layer changed", "all layers new", "built with weights")


def drawing(layers: int, turn: int, last: int) -> dict[str, Any]:
    """A graph of about ``layers`` layers, other ones in each turn; ``last`` are the units at the end."""
    filters = 8
    nodes = [{"id": "in", "layer": "InputLayer", "config": {"batch_shape": [None, 32, 32, filters]}}]
    pairs: list[tuple[str, str]] = []
    at = "in"
    for number in range((layers - 3) // 3):
        names = [f"{kind}{number}" for kind in ("convolution", "norm", "add")]
        seed = {"class_name": "GlorotUniform", "config": {"seed": turn * layers + number}}
        convolution = {"filters": filters, "kernel_size": 3, "padding": "same", "kernel_initializer": seed}
        norm = {"epsilon": 0.001 + 1e-9 * (turn * layers + number)}
        kinds = (("Conv2D", convolution), ("BatchNormalization", norm), ("Add", {}))
        nodes += [
            {"id": name, "layer": kind, "config": config} for name, (kind, config) in zip(names, kinds, strict=True)
        ]
        pairs += [(at, names[0]), (names[0], names[1]), (names[1], names[2]), (at, names[2])]
        at = names[2]
    nodes += [
        {"id": "flat", "layer": "Flatten", "config": {}},
        {"id": "out", "layer": "Dense", "config": {"units": last}},
    ]
    pairs += [(at, "flat"), ("flat", "out")]
    edges = [{"id": f"e{n}", "source": a, "target": b, "order": n} for n, (a, b) in enumerate(pairs)]
    return {"name": "bench", "nodes": [{**node, "name": node["id"]} for node in nodes], "edges": edges}


def build(graph: dict[str, Any]) -> float:
    """Called in the worker: the model with its weights; returns milliseconds."""
    import keras

    from components.training.graphs import writing

    keras.utils.clear_session()
    config = writing.config(graph)
    begun = time.perf_counter()
    writing.model(config)
    return (time.perf_counter() - begun) * 1000


async def turns(layers: int, count: int) -> dict[str, list[float]]:
    """Milliseconds of each kind by turn."""
    from studio.keras_worker import tables
    from studio.keras_worker.client import KerasWorker

    path = os.pathsep.join([str(Path(__file__).parent), str(ROOT / "bench"), str(ROOT)])
    functions = {"check": tables.GRAPHS["check"], "build": "check:build"}
    worker = KerasWorker(functions, warm_up=tables.WARM_UP, seconds=600, environment={"PYTHONPATH": path})
    await worker.start()
    while worker.state.state == "loading":
        await asyncio.sleep(0.1)
    found: dict[str, list[float]] = {kind: [] for kind in KINDS}
    for turn in range(-1, count):  # the first one warms up, and is not counted
        graph = drawing(layers, turn + 1, 10)
        asked = [await _check(worker, graph), await _check(worker, drawing(layers, turn + 1, 11))]
        built = await worker.call("build", graph)
        if turn >= 0:
            for kind, value in zip(KINDS, (asked[1], asked[0], built), strict=True):
                found[kind].append(value)
    await worker.close()
    return found


async def _check(worker: Any, graph: dict[str, Any]) -> float:
    begun = time.perf_counter()
    report = await worker.call("check", {"graph": graph})
    assert report["can_train"], report["problems"]
    return (time.perf_counter() - begun) * 1000


def table(found: dict[int, dict[str, list[float]]], count: int, load: float) -> str:
    """The results as Markdown."""
    about = f"{datetime.now(UTC):%Y-%m-%d}, {os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}"
    lines = [
        "## The check of a drawing",
        "",
        f"{about}; milliseconds, median (and slowest) of {count} turns; {load:.1f} processes wanted a core when it began.",
        "",
        f"| layers | {' | '.join(KINDS)} |",
        "|---:|---:|---:|---:|",
    ]
    for layers, kinds in found.items():
        cells = (f"{statistics.median(values):.0f} ({max(values):.0f})" for values in kinds.values())
        lines.append(f"| {layers} | {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def main() -> None:
    """Runs the turns and writes the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--layers", type=int, nargs="+", default=[50, 300])
    parser.add_argument("--turns", type=int, default=15)
    parser.add_argument("--out", type=Path)
    options = parser.parse_args()
    load = os.getloadavg()[0]
    found = {layers: asyncio.run(turns(layers, options.turns)) for layers in options.layers}
    publish(table(found, options.turns, load), options.out)


if __name__ == "__main__":
    main()
