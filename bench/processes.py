"""What the benchmarks share: a command as a process of its own, measured, whole or by step; turns of them; more rows in a CSV
file; a line about the machine.
"""

import csv
import json
import os
import platform
import subprocess
import sys
import tempfile
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psutil

_SAMPLED = 0.2  # seconds between two looks at the memory


@dataclass(frozen=True)
class Measured:
    """One process: wall seconds, peak resident MB, what it printed on stdout, and the seconds of a core that it took."""

    seconds: float
    megabytes: float
    out: str
    cpu: float = 0.0

    @property
    def printed(self) -> dict[str, Any]:
        """The JSON object in its last line."""
        found: dict[str, Any] = json.loads(self.out.splitlines()[-1])
        return found


def measure(command: list[str], environment: Mapping[str, str], allowed: tuple[int, ...] = (0,)) -> Measured:
    """Runs a command to its end; one with another exit code than those allowed ends the benchmark and is shown."""
    begun = time.perf_counter()
    with tempfile.TemporaryFile("w+") as out, tempfile.TemporaryFile("w+") as err:
        process = subprocess.Popen(command, env={**os.environ, **environment}, stdout=out, stderr=err)
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - begun
        out.seek(0)
        err.seek(0)
        code = os.waitstatus_to_exitcode(status)
        if code not in allowed:
            sys.exit(f"{command} ended with {code}:\n{err.read()[-2000:]}")
        cpu = usage.ru_utime + usage.ru_stime
        return Measured(seconds, usage.ru_maxrss / 1024, out.read(), cpu)


@dataclass(frozen=True)
class Steps:
    """A run, step by step.

    Attributes:
      seconds, megabytes: by step: wall time, and the most resident memory of the process and all that it started, together.
      whole: of the command; its megabytes are the highest of all steps, its last line what ``--json`` would print.
    """

    seconds: dict[str, float]
    megabytes: dict[str, float]
    whole: Measured


def measure_steps(command: list[str], environment: Mapping[str, str], allowed: tuple[int, ...] = (0,)) -> Steps:
    """Runs ``slipway run NAME`` (without ``--json``) to its end; ends the benchmark as ``measure`` does.

    Pages that several processes share count once for each, and what a step leaves behind counts for those after it.
    """
    begun = time.perf_counter()
    seconds: dict[str, float] = {}
    peaks: dict[str, float] = defaultdict(float)
    current, ended = ["the end"], threading.Event()
    with tempfile.TemporaryFile("w+") as err:
        process = psutil.Popen(
            [*command, "--events"], env={**os.environ, **environment}, stdout=subprocess.PIPE, stderr=err, text=True
        )

        def watch() -> None:
            while not ended.wait(_SAMPLED):
                peaks[current[0]] = max(peaks[current[0]], _resident(process))

        watching = threading.Thread(target=watch)
        watching.start()
        result = "{}"
        for line in process.stdout:
            event = json.loads(line)
            if event["event"] == "step_started":
                current[0] = event["step"]
            elif event["event"] == "step_finished":
                seconds[event["step"]] = event["seconds"]
                current[0] = "the end"
                print(f"{event['step']}: {event['seconds']:.1f} s, {peaks[event['step']]:,.0f} MB", file=sys.stderr)
            elif event["event"] == "note":
                print(event["text"], file=sys.stderr)
            elif event["event"] == "run_finished":
                result = json.dumps(event["result"])
        _, status, usage = os.wait4(process.pid, 0)
        ended.set()
        watching.join()
        err.seek(0)
        if os.waitstatus_to_exitcode(status) not in allowed:
            sys.exit(f"{command} ended with {os.waitstatus_to_exitcode(status)}:\n{err.read()[-2000:]}")
    cpu = usage.ru_utime + usage.ru_stime
    return Steps(
        seconds, dict(peaks), Measured(time.perf_counter() - begun, max(peaks.values(), default=0.0), result, cpu)
    )


def _resident(process: psutil.Process) -> float:
    """MB of a process and of all that it started; 0 once it is gone."""
    total = 0
    try:
        for one in (process, *process.children(recursive=True)):
            try:
                total += one.memory_info().rss
            except psutil.NoSuchProcess:
                continue
    except psutil.NoSuchProcess:
        pass
    return total / 1024**2


def machine() -> str:
    """The day, the machine and how busy it is, to be said above a table."""
    return (
        f"{datetime.now(UTC):%Y-%m-%d}, {os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}; "
        f"load of the machine at the end: {os.getloadavg()[0]:.0f}"
    )


def in_turns(count: int, turn: Callable[[], dict[str, Measured]]) -> list[dict[str, Measured]]:
    """Takes several turns, each with all that is compared, and shows each one's seconds on stderr."""
    turns = []
    for index in range(count):
        turns.append(turn())
        seconds = ", ".join(f"{name} {found.seconds:.1f} s" for name, found in turns[-1].items())
        print(f"turn {index + 1}: {seconds}", file=sys.stderr)
    return turns


def publish(text: str, out: Path | None) -> None:
    """Prints a table, and writes it to a file where one is named."""
    if out:
        out.write_text(text, encoding="utf-8")
    print(text)


def repeated(source: Path, rows: int, target: Path) -> None:
    """The CSV with its rows repeated until there are ``rows`` (0: as it is)."""
    target.parent.mkdir(parents=True, exist_ok=True)
    with source.open(newline="") as file, target.open("w", newline="") as out:
        header, *found = csv.reader(file)
        writer = csv.writer(out)
        writer.writerow(header)
        writer.writerows(found[i % len(found)] for i in range(rows or len(found)))
