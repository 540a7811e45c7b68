#!/usr/bin/env python
"""Measures `slipway report`, Python's start included: seconds, seconds of a core, peak memory, sizes of page and figures.

usage: SLIPWAY_HOME=... report.py NAME[@VERSION] [NAME ...] [--times T] [--out bench/report.md]

The home has a dossier of each model, made by a run. A run writes the same report in its own process, where the libraries
are loaded already.
"""

import argparse
import platform
import statistics
import sys
from datetime import UTC, datetime
from pathlib import Path

from processes import Measured, in_turns, measure, publish

ROOT = Path(__file__).parents[1]
MOST_SECONDS, MOST_MEGABYTES = 10.0, 5.0


def turn(names: list[str]) -> dict[str, Measured]:
    """One report on each model."""
    command = [sys.executable, str(ROOT / "slipway.py"), "report"]
    return {name: measure([*command, name, "--json"], {"PYTHONPATH": str(ROOT)}) for name in names}


def row(name: str, found: list[Measured]) -> str:
    written = found[-1].printed
    figures = list(Path(written["figures"]).glob("*.png"))
    seconds, cpu = (statistics.median(getattr(each, key) for each in found) for key in ("seconds", "cpu"))
    page, pictures = Path(written["report"]).stat().st_size, sum(figure.stat().st_size for figure in figures)
    peak = max(each.megabytes for each in found)
    return f"| {name} | {seconds:.1f} | {cpu:.1f} | {peak:.0f} | {page / 1e6:.2f} | {len(figures)}, {pictures / 1e6:.2f} MB |"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="+", metavar="NAME")
    parser.add_argument("--times", type=int, default=3)
    parser.add_argument("--out", type=Path)
    arguments = parser.parse_args()
    turns = in_turns(arguments.times, lambda: turn(arguments.names))
    rows = [row(name, [each[name] for each in turns]) for name in arguments.names]
    text = f"""# The report

Written by `bench/report.py`, {datetime.now(UTC):%Y-%m-%d}, Python {platform.python_version()}; medians of {len(turns)} calls,
other work on the machine at the same time. To keep: {MOST_SECONDS:.0f} s, and {MOST_MEGABYTES:.0f} MB for the page.

| model | seconds | seconds of a core | peak MB | page, MB | figures |
|---|---|---|---|---|---|
{chr(10).join(rows)}
"""
    publish(text, arguments.out)


if __name__ == "__main__":
    main()
