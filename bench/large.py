#!/usr/bin/env python
"""Measures `slipway run` of many rows that look like the Titanic's passengers: rows a second and peak memory, by step.

usage: large.py [--rows N] [--memory GB] [--epochs N] [--folder FOLDER] [--out FILE]

The rows are those of the Titanic's train.csv (from $SLIPWAY_DATA) again and again, with noise on age and fare and another
label for one of twenty. The run is the page `titanic` with one model; `--memory` and `--epochs` are the training's settings.
The peak is that of the run's process and all that it started, together. FOLDER is kept: in another run with it, the steps that
nothing has changed for take no time.
"""

import argparse
import csv
import os
import random
import sys
import tempfile
from pathlib import Path

from processes import Steps, machine, measure_steps, publish

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
    training=dataclasses.replace(titanic.training, batch_size=256, ensemble=1),
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


def run(folder: Path, arguments: argparse.Namespace) -> Steps:
    """A run with its page, data and home in a folder."""
    data = folder / "data" / "passengers"
    if not data.exists():
        data.mkdir(parents=True)
        write(Path(os.environ["SLIPWAY_DATA"]) / "titanic" / "titanic.csv", data / "passengers.csv", arguments.rows)
        (folder / "pipelines").mkdir()
        (folder / "pipelines" / "passengers.py").write_text(PAGE)
    os.chdir(folder)  # pages are found in the folder that the command is typed in
    settings = (f"{name}={getattr(arguments, name)}" for name in ("memory", "epochs"))
    command = [sys.executable, str(REPOSITORY / "slipway.py"), "run", "passengers"]
    environment = {"SLIPWAY_HOME": str(folder), "SLIPWAY_DATA": f"{folder}/data", "PYTHONPATH": str(REPOSITORY)}
    # 3: it may well not be blessed.
    found = measure_steps([*command, *(f"--set={one}" for one in settings)], environment, (0, 3))
    os.chdir(REPOSITORY)
    return found


def main() -> None:
    """Measures, and writes the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=10_000_000)
    parser.add_argument("--memory", type=float, default=2.0)
    parser.add_argument("--epochs", type=int, default=5)
    parser.add_argument("--folder", type=Path)
    parser.add_argument("--out", type=Path, default=Path(__file__).with_suffix(".md"))
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        found = run((arguments.folder or Path(temporary)).absolute(), arguments)
    lines = [
        f"| {step} | {seconds:.1f} | {arguments.rows / max(seconds, 0.1):,.0f} | {found.megabytes.get(step, 0):,.0f} |"
        for step, seconds in found.seconds.items()
    ]
    head = (
        f"## {arguments.rows:,} rows, memory={arguments.memory:g}, epochs={arguments.epochs}\n\n{machine()}; one run. "
        f"Peak: {found.whole.megabytes:,.0f} MB; {found.whole.cpu:,.0f} s of a core.\n\n"
        "| step | seconds | rows/s | peak MB |\n|---|---:|---:|---:|\n"
    )
    publish(head + "\n".join(lines) + "\n", arguments.out)


if __name__ == "__main__":
    main()
