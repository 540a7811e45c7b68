#!/usr/bin/env python
"""Measures a cold `slipway run` of a table of many numbers, by step, and writes a table.

usage: wide.py [--columns K] [--rows N] [--before CHECKOUT] [--out FILE]

The numbers are drawn from a normal distribution; the label follows from five of them and noise. Each run is a process of its
own with a new home. CHECKOUT is another version of this repository, such as `git worktree add` makes, to compare with.
"""

import argparse
import os
import random
import sys
import tempfile
from pathlib import Path

from processes import Measured, machine, measure, publish

REPOSITORY = Path(__file__).parents[1]
PAGE = '''"""Numbers."""

from pipelines.spec import BinaryClassification, Csv, Number, Pipeline, Tabular, Training

pipeline = Pipeline(
    name="numbers",
    source=Csv("numbers.csv"),
    task=BinaryClassification(label="y", classes=("0", "1")),
    features={{f"x{{number}}": Number() for number in range({columns})}},
    model=Tabular(),
    training=Training(epochs=10),
)
'''


def write(folder: Path, columns: int, rows: int) -> None:
    """The page and its data, in the folder where a run starts."""
    made = random.Random(1)
    (folder / "pipelines").mkdir()
    (folder / "pipelines" / "numbers.py").write_text(PAGE.format(columns=columns))
    data = folder / "data" / "numbers"
    data.mkdir(parents=True)
    with (data / "numbers.csv").open("w") as file:
        print(*(f"x{number}" for number in range(columns)), "y", sep=",", file=file)
        for _ in range(rows):
            numbers = [made.gauss(0, 1) for _ in range(columns)]
            label = int(sum(numbers[:5]) + made.gauss(0, 0.5) > 0)
            print(*(f"{number:.5g}" for number in numbers), label, sep=",", file=file)


def run(checkout: Path, columns: int, rows: int) -> Measured:
    """One cold run with the code of a checkout."""
    with tempfile.TemporaryDirectory() as folder:
        write(Path(folder), columns, rows)
        begun = Path.cwd()
        os.chdir(folder)  # pages are found in the folder that the command is typed in
        try:
            environment = {"SLIPWAY_HOME": folder, "SLIPWAY_DATA": f"{folder}/data", "PYTHONPATH": str(checkout)}
            # 3: it may well not be blessed, as there are more columns than rows.
            return measure(
                [sys.executable, str(checkout / "slipway.py"), "run", "numbers", "--json"], environment, (0, 3)
            )
        finally:
            os.chdir(begun)


def main() -> None:
    """Measures, and writes the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--columns", type=int, default=1500)
    parser.add_argument("--rows", type=int, default=400)
    parser.add_argument("--before", type=Path)
    parser.add_argument("--out", type=Path, default=Path(__file__).with_suffix(".md"))
    arguments = parser.parse_args()
    checkouts = {"before": arguments.before.absolute()} if arguments.before else {}
    checkouts["now"] = REPOSITORY
    found = {name: run(path, arguments.columns, arguments.rows) for name, path in checkouts.items()}
    seconds = {name: one.printed["seconds"] | {"of a core": one.cpu} for name, one in found.items()}
    lines = [
        f"| {step} | " + " | ".join(f"{one.get(step, 0):.1f}" for one in seconds.values()) + " |"
        for step in seconds["now"]
    ]
    lines.append("| peak MB | " + " | ".join(f"{one.megabytes:,.0f}" for one in found.values()) + " |")
    head = (
        f"## A cold run of {arguments.rows} rows of {arguments.columns} numbers, in seconds\n\n"
        f"{machine()}; one run each. Steps may run side by side.\n\n"
        f"| step | {' | '.join(found)} |\n|---|{'---:|' * len(found)}\n"
    )
    publish(head + "\n".join(lines) + "\n", arguments.out)


if __name__ == "__main__":
    main()
