#!/usr/bin/env python
"""Measures `slipway new FILE --json` on made-up tables: seconds, MB a second and peak memory by size, and writes a table.

usage: own_data.py [--turns T] [--out FILE]

A table has a number, a whole number, two categories, a name of its own for each row, a short text, and a label. Each turn is a
process of its own with this interpreter; the memory is the whole process's.
"""

import argparse
import os
import platform
import random
import statistics
import sys
import tempfile
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from processes import measure, publish

REPOSITORY = Path(__file__).parents[1]
WORDS = ("good", "bad", "ship", "storm", "calm", "captain", "rope", "harbour")


def long(path: Path, rows: int) -> None:
    """A table of seven columns."""
    made = random.Random(1)
    with path.open("w") as file:
        print("length,crew,kind,flag,name,note,left", file=file)
        for row in range(rows):
            note = " ".join(made.choices(WORDS, k=8))
            kind, flag = made.choice(("brig", "cog", "sloop")), made.randrange(200)
            cells = (
                f"{made.gauss(30, 9):.3f}",
                made.randrange(40),
                kind,
                f"f{flag}",
                f"ship {row}",
                note,
                made.randrange(2),
            )
            print(*cells, sep=",", file=file)


def wide(path: Path, columns: int) -> None:
    """A table of 500 rows of numbers."""
    made = random.Random(1)
    with path.open("w") as file:
        print(*(f"c{index}" for index in range(columns)), sep=",", file=file)
        for _ in range(500):
            print(*(f"{made.random():.3f}" for _ in range(columns)), sep=",", file=file)


TABLES: dict[str, Callable[[Path], None]] = {
    "10,000 rows, 7 columns": lambda path: long(path, 10_000),
    "1,000,000 rows, 7 columns": lambda path: long(path, 1_000_000),
    "4,000,000 rows, 7 columns": lambda path: long(path, 4_000_000),
    "500 rows, 2,000 columns": lambda path: wide(path, 2_000),
}


def main() -> None:
    """Measures, and writes the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--turns", type=int, default=3)
    parser.add_argument("--out", type=Path, default=Path(__file__).with_suffix(".md"))
    arguments = parser.parse_args()
    lines = []
    with tempfile.TemporaryDirectory() as folder:
        for name, make in TABLES.items():
            file = Path(folder, "ships.csv")
            make(file)
            size = file.stat().st_size / 1e6
            command = [sys.executable, str(REPOSITORY / "slipway.py"), "new", str(file), "--json"]
            turns = [measure(command, {"SLIPWAY_HOME": folder}) for _ in range(arguments.turns)]
            seconds = statistics.median(turn.seconds for turn in turns)
            core = statistics.median(turn.cpu for turn in turns)
            peak = max(turn.megabytes for turn in turns)
            lines.append(f"| {name} | {size:,.1f} | {seconds:.1f} | {core:.1f} | {peak:,.0f} |")
    head = (
        "## `slipway new`\n\n"
        f"{datetime.now(UTC):%Y-%m-%d}, {os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}; "
        f"median of {arguments.turns} turns, the highest peak.\n\n"
        "| table | MB | seconds | of a core | peak MB |\n|---|---:|---:|---:|---:|\n"
    )
    publish(head + "\n".join(lines) + "\n", arguments.out)


if __name__ == "__main__":
    main()
