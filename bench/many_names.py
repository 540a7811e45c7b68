#!/usr/bin/env python
"""Measures a cold `slipway run` of a table with a column of many different names: seconds and peak memory, by step.

usage: many_names.py [--names N] [--rows N] [--out FILE]

Each name stands in at least one row; the label follows from a number, and a little from the name. One run with the column as
Category(), which learns the most frequent names, and one with Category(hash=), which learns none.
"""

import argparse
import os
import random
import sys
import tempfile
from pathlib import Path

from processes import Steps, machine, measure_steps, publish

REPOSITORY = Path(__file__).parents[1]
PAGE = '''"""Customers."""

from pipelines.spec import BinaryClassification, Category, Csv, Number, Pipeline, Tabular, Training

pipeline = Pipeline(
    name="customers",
    source=Csv("customers.csv"),
    task=BinaryClassification(label="y", classes=("0", "1")),
    features={{"name": {feature}, "x": Number()}},
    model=Tabular(),
    training=Training(epochs=2, batch_size=1024),
)
'''
FEATURES = ("Category()", "Category(hash=100_000)")


def write(folder: Path, names: int, rows: int) -> None:
    """The data, in the folder where a run starts."""
    made = random.Random(1)
    (folder / "pipelines").mkdir()
    data = folder / "data" / "customers"
    data.mkdir(parents=True)
    with (data / "customers.csv").open("w") as file:
        print("name,x,y", file=file)
        for row in range(rows):
            name = row if row < names else made.randrange(names)
            x = made.gauss(0, 1)
            print(f"customer-{name:x},{x:.4f},{int(x + (name % 2) / 2 + made.gauss(0, 0.3) > 0)}", file=file)


def run(folder: Path, feature: str) -> Steps:
    """One cold run of a page with the column as the feature."""
    (folder / "pipelines" / "customers.py").write_text(PAGE.format(feature=feature))
    os.chdir(folder)  # pages are found in the folder that the command is typed in
    with tempfile.TemporaryDirectory() as home:
        environment = {"SLIPWAY_HOME": home, "SLIPWAY_DATA": f"{folder}/data", "PYTHONPATH": str(REPOSITORY)}
        # 3: it may well not be blessed.
        found = measure_steps([sys.executable, str(REPOSITORY / "slipway.py"), "run", "customers"], environment, (0, 3))
    os.chdir(REPOSITORY)
    return found


def main() -> None:
    """Measures, and writes the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--names", type=int, default=1_000_000)
    parser.add_argument("--rows", type=int, default=2_000_000)
    parser.add_argument("--out", type=Path, default=Path(__file__).with_suffix(".md"))
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        write(Path(folder), arguments.names, arguments.rows)
        found = {feature: run(Path(folder), feature) for feature in FEATURES}
    columns = [f"{feature}: {what}" for feature in FEATURES for what in ("seconds", "peak MB")]
    lines = [
        f"| {step} | "
        + " | ".join(f"{one.seconds.get(step, 0):.1f} | {one.megabytes.get(step, 0):,.0f}" for one in found.values())
        + " |"
        for step in found[FEATURES[0]].seconds
    ]
    whole = " | ".join(f"{one.whole.cpu:,.0f} | {one.whole.megabytes:,.0f}" for one in found.values())
    head = (
        f"## {arguments.rows:,} rows with {arguments.names:,} different names\n\n{machine()}; one run each.\n\n"
        f"| step | {' | '.join(columns)} |\n|---|{'---:|' * len(columns)}\n"
    )
    publish(head + "\n".join([*lines, f"| whole, seconds of a core | {whole} |"]) + "\n", arguments.out)


if __name__ == "__main__":
    main()
