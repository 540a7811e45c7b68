"""Rows per second of ExampleGen, StatisticsGen and Transform: 1 and 2 workers, in this process and on a Flink session.

usage: python -m bench.beam.rows TITANIC_CSV [--rows N] [--turns T] [--out NAME]

The rows are those of the real file again and again, each with a PassengerId of its own, as the
split follows from it.
Flink and Beam's job server are fetched the first time. Each run is a process of its own. Each case on Flink gets a session,
which has run small jobs before, as one that is in use has; n workers are n TaskManagers and their Python processes on n cores.
"""

import argparse
import contextlib
import csv
import json
import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from bench.beam import flink_session
from bench.serving import results
from pipelines.beam import runners

STEPS = ("ExampleGen", "StatisticsGen", "Transform")
WANTED = 1.5
# Threads: the processes of Beam's local runner cannot import tensorflow-data-validation 1.16 (pipelines.beam.worker_pool).
_LOCAL = {1: [], 2: ["--direct_running_mode=multi_threading", "--direct_num_workers=2"]}
CASES = [(where, workers) for where in ("local", "Flink") for workers in (1, 2)]


def write_rows(source: Path, rows: int, target: Path) -> None:
    target.parent.mkdir(parents=True)
    with source.open(newline="") as file, target.open("w", newline="") as out:
        header, *found = csv.reader(file)
        key = header.index("PassengerId")
        writer = csv.writer(out)
        writer.writerow(header)
        for index in range(rows):
            row = list(found[index % len(found)])
            row[key] = str(index + 1)
            writer.writerow(row)


@contextlib.contextmanager
def beam_options(where: str, workers: int, folder: Path) -> Iterator[list[str]]:
    """The options of bench.beam.steps; on Flink, of a session that runs meanwhile."""
    if where == "local":
        yield [f"--beam-arg={argument}" for argument in _LOCAL[workers]]
        return
    with flink_session.session(folder / "session", workers, cores=workers) as session:
        extra = [f"--beam-arg={argument}" for argument in session.beam_args]
        yield ["--beam", "flink", "--flink-master", session.address, *extra]


def seconds(where: str, workers: int, data: Path, source: Path) -> dict[str, float]:
    """Wall seconds by step, of one run with nothing done before."""
    with tempfile.TemporaryDirectory() as name, beam_options(where, workers, Path(name)) as options:
        if where == "Flink":
            run(options, Path(name) / "warm", source.parents[1])
        found = run(options, Path(name) / "home", data)
    return {step: found[step] for step in STEPS} | {"all three": sum(found[step] for step in STEPS)}


def run(options: list[str], home: Path, data: Path) -> dict[str, float]:
    command = [sys.executable, "-m", "bench.beam.steps", str(home), str(data), *options]
    environment = os.environ | {runners.JOB_SERVER: str(flink_session.JOB_SERVER)}
    done = subprocess.run(command, cwd=flink_session.REPOSITORY, env=environment, capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"{' '.join(command)}: {done.stderr[-3000:]}")
    found: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return found


def report(measured: dict[tuple[str, int], list[dict[str, float]]], rows: int, out: str) -> None:
    names = (*STEPS, "all three")
    median = {
        case: {name: statistics.median(turn[name] for turn in turns) for name in names}
        for case, turns in measured.items()
    }
    table = [
        [
            f"{where}, {workers} worker{'s' * (workers > 1)}",
            *(int(rows / median[where, workers][name]) for name in names),
        ]
        for where, workers in CASES
    ]
    gains = {
        where: [
            f"{where}, 2 against 1",
            *(f"x {median[where, 1][name] / median[where, 2][name]:.2f}" for name in names),
        ]
        for where in ("local", "Flink")
    }
    gain = median["Flink", 1]["all three"] / median["Flink", 2]["all three"]
    turns = len(next(iter(measured.values())))
    lines = [
        f"Rows per second of each step and of the three together, medians of {turns} turns; everything between a step's "
        "begin and end counts, on Flink also the job's way to the session and the start of its workers. n workers on Flink "
        "have n of the machine's cores for TaskManagers and Python; the JobManager and the run itself may use any.",
        "",
        *results.table(["", *names], [*table, *gains.values()]),
    ]
    verdict = results.verdict("Flink, 2 workers against 1, all three steps", gain, WANTED, at_least=True)
    figures = {"rows": rows, "seconds": {f"{where} {workers}": turns for (where, workers), turns in measured.items()}}
    results.write(out, f"Beam: Titanic, {rows:,} rows", lines, [verdict], figures, Path(__file__).parent)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("csv", type=Path)
    parser.add_argument("--rows", type=int, default=2_000_000)
    parser.add_argument("--turns", type=int, default=2)
    parser.add_argument("--out", default="rows", help="name of the .md and .json beside this script")
    arguments = parser.parse_args()
    if reason := flink_session.missing():
        sys.exit(reason)
    measured: dict[tuple[str, int], list[dict[str, float]]] = {case: [] for case in CASES}
    with tempfile.TemporaryDirectory() as name:
        write_rows(arguments.csv, arguments.rows, Path(name) / "titanic" / "titanic.csv")
        for turn in range(arguments.turns):
            for case in CASES:
                measured[case].append(seconds(*case, Path(name), arguments.csv.absolute()))
                print(f"turn {turn + 1}: {case}: {measured[case][-1]}", file=sys.stderr, flush=True)
    report(measured, arguments.rows, arguments.out)


if __name__ == "__main__":
    main()
