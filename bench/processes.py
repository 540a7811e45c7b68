"""What the benchmarks share: one command as a process of its own, measured; turns of them; a CSV file with more rows."""

import csv
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any


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
