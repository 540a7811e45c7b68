#!/usr/bin/env python
"""Measures `slipway run` of many rows that look like the Titanic's passengers: rows a second by step, and peak memory.

usage: large.py [--rows N] [--memory GB] [--out FILE]

The rows are those of the Titanic's train.csv (from $SLIPWAY_DATA) again and again, with noise on age and fare and another
label for one of twenty. The run is the page `titanic` with five rounds of one model; `--memory` is the training's setting, 0
streams.
The peak is that of the run's process or of any process that it started, whichever is higher.
"""

import argparse
import csv
import os
import platform
import random
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path

from processes import measure, publish

REPOSITORY = Path(__file__).parents[1]
PAGE = '''"""Passengers."""

import dataclasses

from pipelines.spec import Csv, Splits
from pipelines.titanic import pipeline as titanic

pipeline = dataclasses.replace(
    titanic,
    name="passengers",
    source=Csv("passengers.csv"),
    splits=Splits(key=("PassengerId",)),
    thresholds={},
    submission=None,
    training=dataclasses.replace(titanic.training, batch_size=256, epochs=5, ensemble=1),
)
'''


def write(source: Path, target: Path, rows: int) -> None:
    """So many passengers."""
    made = random.Random(1)
    with source.open(newline="") as file, target.open("w", newline="") as out:
        reader = csv.DictReader(file)
        known = list(reader)
        writer = csv.DictWriter(out, reader.fieldnames or [])
        writer.writeheader()
        for row in range(rows):
            one = dict(known[row % len(known)])
            one["PassengerId"] = str(row + 1)
            for column in ("Age", "Fare"):
                if one[column]:
                    one[column] = f"{max(0.0, float(one[column]) * made.gauss(1, 0.1)):.2f}"
            if made.random() < 0.05:
                one["Survived"] = str(1 - int(one["Survived"]))
            writer.writerow(one)


def main() -> None:
    """Measures, and writes the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=10_000_000)
    parser.add_argument("--memory", type=float, default=2.0)
    parser.add_argument("--out", type=Path, default=Path(__file__).with_suffix(".md"))
    arguments = parser.parse_args()
    passengers = Path(os.environ["SLIPWAY_DATA"]) / "titanic" / "titanic.csv"
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder, "data", "passengers")
        data.mkdir(parents=True)
        write(passengers, data / "passengers.csv", arguments.rows)
        Path(folder, "pipelines").mkdir()
        Path(folder, "pipelines", "passengers.py").write_text(PAGE)
        os.chdir(folder)
        command = [sys.executable, str(REPOSITORY / "slipway.py"), "run", "passengers", "--json"]
        found = measure(
            [*command, "--set", f"memory={arguments.memory}"],
            {"SLIPWAY_HOME": folder, "SLIPWAY_DATA": f"{folder}/data", "PYTHONPATH": str(REPOSITORY)},
            (0, 3),
        )
        os.chdir(REPOSITORY)
    lines = [
        f"| {step} | {seconds:.1f} | {arguments.rows / max(seconds, 0.1):,.0f} |"
        for step, seconds in found.printed["seconds"].items()
    ]
    head = (
        f"## {arguments.rows:,} rows, memory={arguments.memory:g}\n\n"
        f"{datetime.now(UTC):%Y-%m-%d}, {os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}; "
        f"one run; load of the machine at the end: {os.getloadavg()[0]:.0f}. Peak: {found.megabytes:,.0f} MB; "
        f"{found.cpu:,.0f} s of a core.\n\n| step | seconds | rows/s |\n|---|---:|---:|\n"
    )
    publish(head + "\n".join(lines) + "\n", arguments.out)


if __name__ == "__main__":
    main()
