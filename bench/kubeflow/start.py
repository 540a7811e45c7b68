#!/usr/bin/env python
"""Measures what a pod's process costs beside its nodes: from its start to its first node, and to its end.

usage: start.py [--turns N]

Each turn is a process `python -m cli.node digits --node LatestBlessed` (a node of 0.02 s) with SQLite, and one
that only starts Python and imports what TFX's launcher imports, which is the floor. Prints seconds: the median
and the best turn.
"""

import argparse
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

REPOSITORY = Path(__file__).parents[2]
_FLOOR = "import os, tfx.orchestration.portable.launcher; print('imported', flush=True); os._exit(0)"


def timed(command: list[str], words: str, environment: dict[str, str]) -> tuple[float, float]:
    """Seconds until the process has printed a line with these words, and until its end. Raises if it fails."""
    begun = time.monotonic()
    process = subprocess.Popen(
        command,
        cwd=REPOSITORY,
        env=os.environ | environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert process.stdout is not None
    said, seen = "", 0.0
    for line in process.stdout:
        said += line
        if words in line and not seen:
            seen = time.monotonic() - begun
    if process.wait() != 0 or not seen:
        raise RuntimeError(f"{command} ended with {process.returncode}: {said}")
    return seen, time.monotonic() - begun


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--turns", type=int, default=5)
    turns = parser.parse_args().turns
    node = [sys.executable, "-m", "cli.node", "digits", "--node", "LatestBlessed", "--run-id"]
    nodes, floors = [], []
    with tempfile.TemporaryDirectory() as home:
        for turn in range(turns + 1):  # the first one reads the files from the disk, and does not count
            nodes.append(timed([*node, f"turn-{turn}"], "Imports", {"SLIPWAY_HOME": home}))
            floors.append(timed([sys.executable, "-c", _FLOOR], "imported", {}))
    first, ends = zip(*nodes[1:], strict=True)
    imports, _ = zip(*floors[1:], strict=True)
    load = " ".join(f"{value:.1f}" for value in os.getloadavg())
    print(f"{turns} turns, Python {platform.python_version()}, {os.cpu_count()} cores, load {load}")
    for what, values in {"start to first node": first, "start to end": ends, "floor: TFX's launcher": imports}.items():
        print(f"{what:<22} median {statistics.median(values):5.2f} s   best {min(values):5.2f} s")


if __name__ == "__main__":
    main()
