#!/usr/bin/env python
"""Measures `slipway run titanic` and a stock TFX pipeline in turn, on the same machine in one run, and writes a table.

usage: against_stock_tfx.py REFERENCE CSV [--rows N] [--turns T] [--out FILE]

REFERENCE is a script `stock_tfx.py CSV WORKDIR [--rows N]` that runs the same data through stock TFX components and prints
a JSON line of seconds by component. CSV is the real titanic.csv; with --rows its rows are repeated until there are N.
Both are started as processes of their own, with this interpreter; wall time and peak memory are the whole process's.
"""

import argparse
import os
import platform
import statistics
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path

from processes import Measured, in_turns, measure, publish, repeated

REPOSITORY = Path(__file__).parents[1]


def turn(reference: Path, source: Path, rows: int) -> dict[str, Measured]:
    """The reference, ours with nothing done before, and ours again with nothing changed."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        repeated(source, rows, folder / "data" / "titanic" / "titanic.csv")
        stock = [sys.executable, str(reference), str(source), str(folder / "stock"), "--rows", str(rows)]
        ours = [sys.executable, str(REPOSITORY / "slipway.py"), "run", "titanic", "--json"]
        environment = {"SLIPWAY_HOME": str(folder / "home"), "SLIPWAY_DATA": str(folder / "data")}
        return {
            "stock TFX": measure(stock, {}),
            "slipway, cold": measure(ours, environment),
            "slipway, nothing changed": measure(ours, environment),
        }


def table(turns: list[dict[str, Measured]], rows: int) -> str:
    count = rows or 891
    base = statistics.median(found["stock TFX"].seconds for found in turns)
    lines = [
        f"## Titanic, {count:,} rows",
        "",
        f"{datetime.now(UTC):%Y-%m-%d}, {os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}; "
        f"{len(turns)} turns, each the reference and then ours.",
        "",
        "| | wall seconds, each turn | median | share of stock | peak MB |",
        "|---|---|---:|---:|---:|",
    ]
    for name in turns[0]:
        seconds = [found[name].seconds for found in turns]
        median = statistics.median(seconds)
        peak = max(found[name].megabytes for found in turns)
        each = ", ".join(f"{value:.1f}" for value in seconds)
        lines.append(f"| {name} | {each} | {median:.1f} | {median / base:.3f} | {peak:.0f} |")
    lines += [
        "",
        "Seconds by step, median of the turns:",
        "",
        "| step | stock TFX | slipway, cold |",
        "|---|---:|---:|",
    ]
    for stock, ours in STEPS:
        values = [_median(turns, "stock TFX", stock), _median(turns, "slipway, cold", ours)]
        lines.append(f"| {ours} | {values[0]} | {values[1]} |")
    rates = [f"{count / float(_median(turns, who, step)):,.0f}" for who, step in (EXAMPLE_GENS)]
    lines += ["", f"ExampleGen: stock {rates[0]} rows/s, slipway {rates[1]} rows/s.", ""]
    return "\n".join(lines)


STEPS = [
    ("import", "Imports"),
    ("CsvExampleGen", "ExampleGen"),
    ("StatisticsGen", "StatisticsGen"),
    ("Transform", "Transform"),
    ("Trainer", "Trainer"),
    ("Evaluator", "Evaluator"),
]
EXAMPLE_GENS = [("stock TFX", "CsvExampleGen"), ("slipway, cold", "ExampleGen")]


def _median(turns: list[dict[str, Measured]], who: str, step: str) -> str:
    found = [turn[who].printed for turn in turns]
    return f"{statistics.median(printed.get('seconds', printed)[step] for printed in found):.2f}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("reference", type=Path)
    parser.add_argument("csv", type=Path)
    parser.add_argument("--rows", type=int, default=0)
    parser.add_argument("--turns", type=int, default=3)
    parser.add_argument("--out", type=Path)
    arguments = parser.parse_args()
    turns = in_turns(arguments.turns, lambda: turn(arguments.reference, arguments.csv, arguments.rows))
    publish(table(turns, arguments.rows), arguments.out)


if __name__ == "__main__":
    main()
