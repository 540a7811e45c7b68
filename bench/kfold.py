#!/usr/bin/env python
"""Measures `slipway kfold` and `slipway run` of one dataset in turn, both with nothing done before, and writes a table.

usage: kfold.py [DATASET] [--folds K] [--turns T] [--out FILE]

The data is that of $SLIPWAY_DATA. Wall time is the process's.
"""

import argparse
import os
import platform
import statistics
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path

from processes import Measured, in_turns, measure, publish

SLIPWAY = [sys.executable, str(Path(__file__).parents[1] / "slipway.py")]
MOST = 3.0


def turn(dataset: str, folds: int) -> dict[str, Measured]:
    """A cold run and a cold K-fold, each in a home of its own."""
    commands = {"run": ["run", dataset], "kfold": ["kfold", dataset, "--folds", str(folds)]}
    found = {}
    for name, command in commands.items():
        with tempfile.TemporaryDirectory() as home:
            found[name] = measure([*SLIPWAY, *command, "--json"], {"SLIPWAY_HOME": home}, allowed=(0, 3))
    return found


def report(dataset: str, folds: int, turns: list[dict[str, Measured]]) -> str:
    ratios = [found["kfold"].seconds / found["run"].seconds for found in turns]
    last = turns[-1]["kfold"].printed
    lines = [
        f"# `slipway kfold {dataset} --folds {folds}` against a cold run",
        "",
        f"{datetime.now(UTC):%Y-%m-%d}, {os.cpu_count()} cores, Python {platform.python_version()}, {len(turns)} turns, "
        f"load average {os.getloadavg()[0]:.1f} at the end.",
        "",
        "| | seconds, median | seconds, all | peak MB |",
        "| --- | ---: | --- | ---: |",
    ]
    for name in turns[0]:
        seconds = [found[name].seconds for found in turns]
        each = ", ".join(f"{one:.1f}" for one in seconds)
        peak = max(found[name].megabytes for found in turns)
        lines.append(f"| {name} | {statistics.median(seconds):.1f} | {each} | {peak:.0f} |")
    each = ", ".join(f"{ratio:.2f}" for ratio in ratios)
    lines += [
        f"| kfold / run | {statistics.median(ratios):.2f} | {each} | |",
        "",
        "Seconds of the last K-fold: "
        + ", ".join(f"{name} {seconds:.1f}" for name, seconds in last["seconds"].items())
        + "; by fold "
        + ", ".join(f"{fold['seconds']:.1f}" for fold in last["results"]),
        "",
        f"What it found: {last['primary']} "
        + ", ".join(f"{fold['metrics'][last['primary']]:.4f}" for fold in last["results"]),
    ]
    return "\n".join(lines) + "\n"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("dataset", nargs="?", default="boston_housing")
    parser.add_argument("--folds", type=int, default=4)
    parser.add_argument("--turns", type=int, default=3)
    parser.add_argument("--out", type=Path)
    chosen = parser.parse_args()
    turns = in_turns(chosen.turns, lambda: turn(chosen.dataset, chosen.folds))
    publish(report(chosen.dataset, chosen.folds, turns), chosen.out)
    ratio = statistics.median(found["kfold"].seconds / found["run"].seconds for found in turns)
    if ratio > MOST:
        sys.exit(f"the K-fold takes {ratio:.2f} times as long as a run; at most {MOST} is wanted")


if __name__ == "__main__":
    main()
