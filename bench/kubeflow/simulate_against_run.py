#!/usr/bin/env python
"""Measures `slipway simulate` of a compiled pipeline and `slipway run` of the same dataset in turn, and writes a table.

usage: simulate_against_run.py [DATASET] [--turns T] [--out FILE]

Both start with nothing done before, on the same machine in one run, as processes of their own with this interpreter; the
data is that of $SLIPWAY_DATA. The simulation starts its own MariaDB, where that is installed. Wall time is the process's.
"""

import argparse
import os
import platform
import statistics
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

REPOSITORY = Path(__file__).parents[2]
sys.path.insert(0, str(REPOSITORY / "bench"))

from processes import Measured, measure  # noqa: E402

MOST = 1.6


def turn(dataset: str, data: Path) -> tuple[Measured, Measured]:
    """The local run and the simulation."""
    slipway = [sys.executable, str(REPOSITORY / "slipway.py")]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        environment = {"SLIPWAY_HOME": str(folder / "home"), "SLIPWAY_DATA": str(data)}
        file = str(folder / "pipeline.yaml")
        measure(
            [*slipway, "compile", dataset, "--image", "registry.example.com/slipway-trainer:1", "-o", file], environment
        )
        run = measure([*slipway, "run", dataset, "--json"], environment)
        simulate = [*slipway, "simulate", file, "--folder", str(folder / "cluster"), "-p", f"data={data}", "--json"]
        return run, measure(simulate, environment)


def report(dataset: str, turns: list[tuple[Measured, Measured]]) -> str:
    """A table of the medians, of the ratio of each turn, and of the tasks of the last simulation."""
    runs, simulations = ([pair[index].seconds for pair in turns] for index in (0, 1))
    ratios = [simulation / run for run, simulation in zip(runs, simulations, strict=True)]
    tasks: dict[str, Any] = turns[-1][1].printed["tasks"]
    lines = [
        f"# `slipway simulate` against `slipway run`: {dataset}",
        "",
        f"{datetime.now(UTC):%Y-%m-%d}, {os.cpu_count()} cores, Python {platform.python_version()}, {len(turns)} turns, "
        f"load average {os.getloadavg()[0]:.1f} at the end.",
        "",
        "| | seconds, median | seconds, all |",
        "| --- | ---: | --- |",
        *(
            f"| {name} | {statistics.median(all_):.1f} | {', '.join(f'{one:.1f}' for one in all_)} |"
            for name, all_ in (
                ("local run, one process, SQLite", runs),
                ("simulate, a process a task, MariaDB", simulations),
            )
        ),
        f"| simulate / run | {statistics.median(ratios):.2f} | {', '.join(f'{one:.2f}' for one in ratios)} |",
        "",
        "Tasks of the last simulation, in seconds: "
        + ", ".join(f"{name} {task['attempts'][-1]['seconds']:.1f}" for name, task in tasks.items()),
    ]
    return "\n".join(lines) + "\n"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("dataset", nargs="?", default="titanic")
    parser.add_argument("--turns", type=int, default=3)
    parser.add_argument("--out", type=Path)
    asked = parser.parse_args()
    data = Path(os.environ.get("SLIPWAY_DATA") or sys.exit("set SLIPWAY_DATA to the folder of the datasets")).absolute()
    turns = [turn(asked.dataset, data) for _ in range(asked.turns)]
    text = report(asked.dataset, turns)
    print(text)
    if asked.out:
        asked.out.write_text(text)
    ratio = statistics.median(simulation.seconds / run.seconds for run, simulation in turns)
    if ratio > MOST:
        sys.exit(f"simulate takes {ratio:.2f} times as long as run; at most {MOST} is wanted")


if __name__ == "__main__":
    main()
