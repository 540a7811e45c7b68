#!/usr/bin/env python
"""Measures `slipway push` and `slipway pull`: seconds and peak memory by the size of the model and the kind of remote.

usage: push_pull.py [--megabytes N N] [--turns T] [--out FILE]

The model's weights are random bytes. The servers are those of tests/registry/remotes (OpenSSH, WsgiDAV, moto), on this
machine: the figures are the cost of the commands and of the servers' own work, not of a network. Each command is a process
of its own.
"""

import argparse
import dataclasses
import os
import platform
import shutil
import statistics
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest
from processes import measure

REPOSITORY = Path(__file__).parents[1]
sys.path.insert(0, str(REPOSITORY))

from tests import conftest  # noqa: E402
from tests.registry import homes  # noqa: E402
from tests.registry.remotes import servers  # noqa: E402

# The peak is the process's own word: what wait4 says of it counts this process's memory, too, of which it was forked.
COMMAND = """
import atexit, os
from pathlib import Path
def keep():
    peak, = (line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM"))
    Path(os.environ["PEAK"]).write_text(peak)
atexit.register(keep)
from slipway import main
main()
"""
STEPS = ("push", "push again", "pull", "pull again")


@contextmanager
def remote(kind: str, folder: Path) -> Iterator[str]:
    """The URL of an empty remote."""
    folder.mkdir()
    patch = pytest.MonkeyPatch()
    patch.setenv("SLIPWAY_REMOTE_PASSWORD", servers.PASSWORD)
    made: dict[str, Callable[[], object]] = {
        "SFTP": lambda: servers.sftp(patch, folder),
        "WebDAV": lambda: servers.webdav(folder),
        "S3": lambda: servers.s3(patch),
    }
    try:
        if kind == "folder":
            yield str(folder / "models")
        else:
            with made[kind]() as url:  # type: ignore[attr-defined]
                yield url
    finally:
        patch.undo()


def turn(kind: str, megabytes: int, folder: Path) -> list[tuple[float, float]]:
    """Seconds and peak MB of each of ``STEPS``."""
    home = homes.home_at(folder / "home")
    card = dataclasses.replace(conftest._CARD, version="1.0.0", serving_version=100)
    homes.add_version(home, card, {"saved_model.pb": os.urandom(megabytes * 1_000_000)})
    found = []
    with remote(kind, folder / "server") as url:
        for step in STEPS:
            command = step.split()[0]
            place = home.root if command == "push" else folder / "other"
            peak = folder / "peak"
            environment = {"SLIPWAY_HOME": str(place), "PEAK": str(peak), "PYTHONPATH": str(REPOSITORY)}
            seconds = measure([sys.executable, "-c", COMMAND, command, "titanic", url], environment).seconds
            found.append((seconds, int(peak.read_text().split()[1]) / 1024))
            print(f"{kind}, {megabytes} MB, {step}: {seconds:.1f} s, {found[-1][1]:.0f} MB", file=sys.stderr)
    return found


def table(found: dict[tuple[str, int], list[list[tuple[float, float]]]]) -> str:
    lines = [
        "## Push and pull",
        "",
        f"{datetime.now(UTC):%Y-%m-%d}, {os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}; "
        f'median of {len(next(iter(found.values())))} turns. Servers on the same machine. "Again" finds the version there.',
        "",
        "| remote | model MB | " + " | ".join(f"{step} s" for step in STEPS) + " | peak MB |",
        "|---|---:|" + "---:|" * (len(STEPS) + 1),
    ]
    for (kind, megabytes), turns in found.items():
        seconds = [statistics.median(one[n][0] for one in turns) for n in range(len(STEPS))]
        peak = max(peak for one in turns for _, peak in one)
        lines.append(f"| {kind} | {megabytes} | " + " | ".join(f"{s:.1f}" for s in seconds) + f" | {peak:.0f} |")
    return "\n".join([*lines, ""])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--megabytes", type=int, nargs=2, default=[10, 200])
    parser.add_argument("--turns", type=int, default=1)
    parser.add_argument("--out", type=Path)
    arguments = parser.parse_args()
    found: dict[tuple[str, int], list[list[tuple[float, float]]]] = {}
    for kind in ("folder", "SFTP", "WebDAV", "S3"):
        for megabytes in arguments.megabytes:
            for _ in range(arguments.turns):
                folder = Path(tempfile.mkdtemp())
                try:
                    found.setdefault((kind, megabytes), []).append(turn(kind, megabytes, folder))
                finally:
                    shutil.rmtree(folder)
    text = table(found)
    if arguments.out:
        arguments.out.write_text(text, encoding="utf-8")
    print(text)


if __name__ == "__main__":
    main()
