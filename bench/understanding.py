#!/usr/bin/env python
"""Measures what understanding a model costs: ErrorAnalyzer and its attributions, the report, the list of versions.

usage: understanding.py [--turns T] [--out FILE]

Each turn runs Titanic and, with one epoch, MNIST, each in a new home with nothing done before; writes Titanic's report again
in a process of its own; and lists 50 versions of it. The data is that of $SLIPWAY_DATA. A step's seconds are those that the
run reports, its parts those of analysis.json. The figures say little while other processes work on the machine.
"""

import argparse
import json
import os
import platform
import statistics
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from processes import Measured, measure, publish
from versions import repeated

from registry import dossier
from schemas.home import Home

ROOT = Path(__file__).parents[1]
VERSIONS = 50
QUICK = ("--set", "epochs=1", "--set", "ensemble=1")  # of MNIST: what is measured does not depend on the weights


@dataclass(frozen=True)
class Figure:
    """What is measured, in seconds or as a share of the whole, and the most that is wanted."""

    name: str
    most: float
    is_share: bool = False

    def text(self, value: float) -> str:
        return f"{value:.1%}" if self.is_share else f"{value:.2f} s"


SHARE = Figure("ErrorAnalyzer of a cold run of Titanic", 0.15, is_share=True)
REPORT = Figure("report on Titanic, in a process of its own", 10)
LIST = Figure(f"`slipway versions` with {VERSIONS} versions", 1)
PICTURES = Figure("ErrorAnalyzer on MNIST's 10,000 test pictures, without attributions", 60)
ATTRIBUTIONS = Figure("attributions of MNIST's worst pictures", 20)
FIGURES = (SHARE, REPORT, LIST, PICTURES, ATTRIBUTIONS)


@dataclass(frozen=True)
class Run:
    """A cold run: its seconds by step, those of ErrorAnalyzer by part, and how many examples' answers are explained."""

    seconds: dict[str, float]
    parts: dict[str, float]
    explained: int

    @property
    def answering(self) -> float:
        """ErrorAnalyzer's seconds before its parts: answering the split, by Beam."""
        return self.seconds["ErrorAnalyzer"] - sum(self.parts.values())


@dataclass(frozen=True)
class Turn:
    """One turn; ``load`` is the load average before and after it."""

    titanic: Run
    mnist: Run
    report: Measured
    versions: Measured
    load: tuple[float, float]

    def of(self, figure: Figure) -> float:
        """What it measured."""
        parts, analyzer = self.mnist.parts, self.mnist.seconds["ErrorAnalyzer"]
        found = {
            SHARE: self.titanic.seconds["ErrorAnalyzer"] / self.titanic.seconds["total"],
            REPORT: self.report.seconds,
            LIST: self.versions.seconds,
            PICTURES: analyzer - parts["attributions"],
            ATTRIBUTIONS: parts["attributions"],
        }
        return found[figure]


def command(home: Path, *words: str) -> Measured:
    """A command of its own, in a home; a run may leave its model unblessed."""
    environment = {"SLIPWAY_HOME": str(home), "PYTHONPATH": str(ROOT)}
    return measure([sys.executable, str(ROOT / "slipway.py"), *words], environment, allowed=(0, 3))


def cold_run(root: Path, name: str, *options: str) -> Run:
    """A run with nothing done before."""
    result = command(root, "run", name, *options, "--json").printed
    registry = Home(root, root).registry(name)
    file = dossier.folder(registry, result["version"], result["run_id"]) / dossier.ANALYSIS
    analysis: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    return Run(result["seconds"], analysis["seconds"], len(analysis["attributions"]))


def turn() -> Turn:
    before = os.getloadavg()[0]
    with (
        tempfile.TemporaryDirectory() as one,
        tempfile.TemporaryDirectory() as many,
        tempfile.TemporaryDirectory() as other,
    ):
        titanic = cold_run(Path(one), "titanic")
        report = command(Path(one), "report", "titanic")
        repeated(Home(Path(one), Path(one)), Home(Path(many), Path(many)), "titanic", VERSIONS)
        versions = command(Path(many), "versions", "titanic")
        mnist = cold_run(Path(other), "mnist", *QUICK)
    return Turn(titanic, mnist, report, versions, (before, os.getloadavg()[0]))


def machine() -> str:
    """Processor, cores, memory and Python."""
    lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    models = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    gigabytes = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9
    return (
        f"{models[0] if models else platform.machine()}, {os.cpu_count()} cores, {gigabytes:.0f} GB, "
        f"Python {platform.python_version()}"
    )


def table(turns: list[Turn]) -> Iterator[str]:
    """The lines of the page."""
    loads = ", ".join(f"{before:.1f} to {after:.1f}" for before, after in (one.load for one in turns))
    yield "# What understanding a model costs\n"
    yield f"{datetime.now(UTC):%Y-%m-%d}, {machine()}; {len(turns)} turn{'s' * (len(turns) > 1)}, load average {loads}.\n"
    yield "| | median | all | at most | |\n| --- | ---: | --- | ---: | --- |"
    for figure in FIGURES:
        values = [one.of(figure) for one in turns]
        middle, most = statistics.median(values), figure.text(figure.most)
        each, held = ", ".join(map(figure.text, values)), "held" if middle <= figure.most else "**not held**"
        yield f"| {figure.name} | {figure.text(middle)} | {each} | {most} | {held} |"
    yield "\nSeconds of ErrorAnalyzer by part, median:\n"
    parts = list(turns[0].titanic.parts)
    yield f"| run | whole run | ErrorAnalyzer | answering | {' | '.join(parts)} | explained |"
    yield f"| --- |{' ---: |' * (len(parts) + 4)}"
    for name in ("titanic", "mnist"):
        runs: list[Run] = [getattr(one, name) for one in turns]
        columns = [
            [run.seconds["total"] for run in runs],
            [run.seconds["ErrorAnalyzer"] for run in runs],
            [run.answering for run in runs],
            *([run.parts[part] for run in runs] for part in parts),
        ]
        cells = " | ".join(f"{statistics.median(column):.2f}" for column in columns)
        yield f"| {name} | {cells} | {runs[0].explained} |"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--turns", type=int, default=3)
    parser.add_argument("--out", type=Path)
    chosen = parser.parse_args()
    turns = []
    for number in range(chosen.turns):
        turns.append(turn())
        each = ", ".join(f"{figure.name} {figure.text(turns[-1].of(figure))}" for figure in FIGURES)
        print(f"turn {number + 1}: {each}", file=sys.stderr)
    publish("\n".join(table(turns)) + "\n", chosen.out)
    return int(any(statistics.median(one.of(figure) for one in turns) > figure.most for figure in FIGURES))


if __name__ == "__main__":
    sys.exit(main())
