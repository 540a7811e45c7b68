#!/usr/bin/env python
"""Measures ExampleGen's rows a second on the same rows as Parquet and as CSV, in turn, and writes a table.

usage: parquet.py [--rows N] [--turns T] [--out FILE]

The rows are the Titanic's (from $SLIPWAY_DATA), again and again with another PassengerId, and the columns those of its page. A
turn is ExampleGen's executor as `slipway run` starts it, without the imports; each format runs once before.
"""

import argparse
import os
import platform
import statistics
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

REPOSITORY = Path(__file__).parents[1]
sys.path.insert(0, str(REPOSITORY))
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import pyarrow as pa  # noqa: E402
from processes import publish  # noqa: E402
from pyarrow import csv, parquet  # noqa: E402
from tfx.dsl.components.base import base_beam_executor  # noqa: E402
from tfx.types import standard_artifacts  # noqa: E402

from components.data import sources  # noqa: E402
from components.data.example_gen import ExampleGen, Executor  # noqa: E402
from pipelines.beam import runners  # noqa: E402
from pipelines.titanic import pipeline as titanic  # noqa: E402
from schemas.columns import labels_of  # noqa: E402
from schemas.sources import Csv, Parquet, Source  # noqa: E402

DATASET = "passengers"


def make(data: Path, rows: int) -> None:
    """Writes the rows in both formats."""
    missing = csv.ConvertOptions(strings_can_be_null=True)
    once = csv.read_csv(Path(os.environ["SLIPWAY_DATA"], "titanic", "titanic.csv"), convert_options=missing)
    table = pa.concat_tables([once] * -(-rows // len(once))).slice(0, rows)
    table = table.set_column(0, "PassengerId", pa.array(range(1, rows + 1)))
    (data / DATASET).mkdir(parents=True)
    parquet.write_table(table, data / DATASET / "passengers.parquet")
    csv.write_csv(table, data / DATASET / "passengers.csv")


def turn(source: Source, data: Path) -> tuple[float, float, float]:
    """Wall and processor seconds of one run of ExampleGen, and the MB of its examples."""
    columns = titanic.columns()
    located = sources.prepare(source, DATASET, data, (*columns, *titanic.splits.key))
    component = ExampleGen(
        dataset=DATASET, source=source, located=located, columns=columns, needed=titanic.needed(), splits=titanic.splits,
        labels=labels_of(titanic.task), buckets=titanic.buckets,
    )  # fmt: skip
    with tempfile.TemporaryDirectory() as folder:
        examples = standard_artifacts.Examples()
        examples.uri = folder
        context = base_beam_executor.BaseBeamExecutor.Context(
            beam_pipeline_args=list(runners.LOCAL_ARGS), tmp_dir=f"{folder}/.tmp", unique_id="1"
        )
        began, worked = time.perf_counter(), time.process_time()
        Executor(context).Do({}, {"examples": [examples]}, component.exec_properties)
        seconds, processor = time.perf_counter() - began, time.process_time() - worked
        return seconds, processor, sum(file.stat().st_size for file in Path(folder).glob("Split-*/*")) / 1e6


def main() -> None:
    """Measures, and writes the table to ``--out``, or to bench/parquet.md."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=2_000_000)
    parser.add_argument("--turns", type=int, default=3)
    parser.add_argument("--out", type=Path, default=REPOSITORY / "bench" / "parquet.md")
    given = parser.parse_args()
    formats: dict[str, Source] = {"Parquet": Parquet("passengers.parquet"), "CSV": Csv("passengers.csv")}
    found: dict[str, list[tuple[float, float, float]]] = {name: [] for name in formats}
    load = os.getloadavg()[0]
    with tempfile.TemporaryDirectory() as folder:
        make(Path(folder), given.rows)
        for number in range(given.turns + 1):
            for name, source in formats.items():
                measured = turn(source, Path(folder))
                print(name, "{:.2f} s, {:.2f} s of a processor, {:.1f} MB".format(*measured), file=sys.stderr)
                if number:
                    found[name].append(measured)
        sizes = {
            name: sources.prepare(source, DATASET, Path(folder), ()).bytes / 1e6 for name, source in formats.items()
        }
    lines = [
        "## ExampleGen: Parquet and CSV", "",
        f"{datetime.now(UTC):%Y-%m-%d}, {len(os.sched_getaffinity(0))} cores, {platform.machine()}, "
        f"Python {platform.python_version()}; "
        f"{given.rows:,} rows of the Titanic's, the columns of its page; median of {given.turns} turns. "
        f"Load of the machine: {load:.1f} before, {os.getloadavg()[0]:.1f} after.", "",
        "| source | MB | seconds | rows a second | rows a second of a processor | MB of examples |",
        "|---|---:|---:|---:|---:|---:|",
    ]  # fmt: skip
    for name, turns in found.items():
        wall, worked, written = (statistics.median(values) for values in zip(*turns, strict=True))
        speeds = f"{wall:.1f} | {given.rows / wall:,.0f} | {given.rows / worked:,.0f}"
        lines.append(f"| {name} | {sizes[name]:.0f} | {speeds} | {written:.0f} |")
    publish("\n".join(lines) + "\n", given.out)


if __name__ == "__main__":
    main()
