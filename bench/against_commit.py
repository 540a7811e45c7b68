#!/usr/bin/env python
"""Measures `slipway run DATASET` of another commit and of this one in turn, in one run, and prints a table.

usage: against_commit.py COMMIT [--dataset NAME] [--turns T] [--out FILE]

Both are checked out into folders of their own, compiled to bytecode, and started with this interpreter and its libraries, each
turn with a home of its own: first with nothing done before, then with nothing changed.
"""

import argparse
import compileall
import os
import platform
import statistics
import subprocess
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path

from processes import Measured, in_turns, measure, publish

REPOSITORY = Path(__file__).parents[1]


def checked_out(commit: str, folder: Path) -> Path:
    """The sources of a commit, with their bytecode."""
    folder.mkdir()
    archive = subprocess.Popen(["git", "archive", commit], cwd=REPOSITORY, stdout=subprocess.PIPE)
    subprocess.run(["tar", "-x"], cwd=folder, stdin=archive.stdout, check=True)
    if archive.wait():
        sys.exit(f"git archive {commit} failed")
    compileall.compile_dir(folder, quiet=1)
    return folder


def turn(code: dict[str, Path], dataset: str) -> dict[str, Measured]:
    """A cold run of each commit, and after it one with nothing changed."""
    found = {}
    for commit, folder in code.items():
        with tempfile.TemporaryDirectory() as home:
            command = [sys.executable, str(folder / "slipway.py"), "run", dataset, "--json"]
            environment = {"SLIPWAY_HOME": home, "PYTHONPATH": str(folder)}
            found[f"{commit}, cold"] = measure(command, environment)
            found[f"{commit}, nothing changed"] = measure(command, environment)
    return found


def table(turns: list[dict[str, Measured]], dataset: str) -> str:
    lines = [
        f"## `slipway run {dataset}` of two commits",
        "",
        f"{datetime.now(UTC):%Y-%m-%d}, {os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}; "
        f"{len(turns)} turns, each both commits one after the other.",
        "",
        "| | wall seconds, each turn | median | best | peak MB |",
        "|---|---|---:|---:|---:|",
    ]
    for name in turns[0]:
        seconds = [found[name].seconds for found in turns]
        each = ", ".join(f"{value:.1f}" for value in seconds)
        peak = max(found[name].megabytes for found in turns)
        lines.append(f"| {name} | {each} | {statistics.median(seconds):.1f} | {min(seconds):.1f} | {peak:.0f} |")
    return "\n".join([*lines, ""])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("commit")
    parser.add_argument("--dataset", default="titanic")
    parser.add_argument("--turns", type=int, default=3)
    parser.add_argument("--out", type=Path)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        code = {commit: checked_out(commit, Path(name) / commit) for commit in (arguments.commit, "HEAD")}
        turns = in_turns(arguments.turns, lambda: turn(code, arguments.dataset))
    publish(table(turns, arguments.dataset), arguments.out)


if __name__ == "__main__":
    main()
