#!/usr/bin/env python
"""Measures `slipway predict titanic --file`: rows a second, and the peak memory for ten times as many rows.

usage: batch_prediction.py CSV [--rows N N] [--turns T] [--out FILE]

CSV is the real titanic.csv; its rows are repeated until there are N. A model must have been pushed to $SLIPWAY_HOME
(`slipway run titanic`). Each prediction is a process of its own; wall time and peak memory are the whole process's. The
rows a second are those between the two sizes, so that loading TensorFlow and the model does not count.
"""

import argparse
import os
import platform
import statistics
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path

from processes import measure, repeated

REPOSITORY = Path(__file__).parents[1]
KINDS = (("CSV", ".csv"), ("Parquet", ".parquet"))


def as_parquet(source: Path) -> Path:
    from pyarrow import csv as arrow_csv
    from pyarrow import parquet

    target = source.with_suffix(".parquet")
    parquet.write_table(arrow_csv.read_csv(source), target, row_group_size=1 << 16)
    return target


def predicted(file: Path, out: Path) -> tuple[float, float]:
    """Wall seconds and peak resident MB of one prediction."""
    script = str(REPOSITORY / "slipway.py")
    found = measure([sys.executable, script, "predict", "titanic", "--file", str(file), "--out", str(out)], {})
    return found.seconds, found.megabytes


def table(found: dict[tuple[str, int], list[tuple[float, float]]], sizes: list[int]) -> str:
    lines = [
        "## Batch prediction, the Titanic's rows repeated",
        "",
        f"{datetime.now(UTC):%Y-%m-%d}, {os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}; "
        f"median of {len(next(iter(found.values())))} turns. Rows a second are those between the two sizes.",
        "",
        "| in and out | rows | wall seconds | peak MB | rows/s |",
        "|---|---:|---:|---:|---:|",
    ]
    for kind, _ in KINDS:
        seconds = [statistics.median(s for s, _ in found[kind, rows]) for rows in sizes]
        rate = (sizes[1] - sizes[0]) / (seconds[1] - seconds[0])
        for rows, wall, shown in zip(sizes, seconds, ("", f"{rate:,.0f}"), strict=True):
            peak = statistics.median(megabytes for _, megabytes in found[kind, rows])
            lines.append(f"| {kind} | {rows:,} | {wall:.1f} | {peak:,.0f} | {shown} |")
    note = "Arrow reads up to 32 MB of a CSV file ahead, which a file of 100,000 rows (7 MB) does not fill."
    return "\n".join([*lines, "", note, ""])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("csv", type=Path)
    parser.add_argument("--rows", type=int, nargs=2, default=[100_000, 1_000_000])
    parser.add_argument("--turns", type=int, default=1)
    parser.add_argument("--out", type=Path)
    arguments = parser.parse_args()
    found: dict[tuple[str, int], list[tuple[float, float]]] = {}
    with tempfile.TemporaryDirectory() as name:
        for rows in arguments.rows:
            made = Path(name, f"{rows}.csv")
            repeated(arguments.csv, rows, made)
            files = {".csv": made, ".parquet": as_parquet(made)}
            for _ in range(arguments.turns):
                for kind, suffix in KINDS:
                    measured = predicted(files[suffix], Path(name, f"out{suffix}"))
                    found.setdefault((kind, rows), []).append(measured)
                    print(f"{kind}, {rows:,} rows: {measured[0]:.1f} s, {measured[1]:,.0f} MB", file=sys.stderr)
    text = table(found, arguments.rows)
    if arguments.out:
        arguments.out.write_text(text, encoding="utf-8")
    print(text)


if __name__ == "__main__":
    main()
