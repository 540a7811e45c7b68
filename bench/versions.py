"""How long the commands that look after versions take, Python's start included, with many versions of one model.

    SLIPWAY_HOME=... python bench/versions.py titanic [--versions 50] [--times 5] [--out bench/versions.md]

The home has a version of the model, made by a run; it is repeated in a home of the benchmark's own, with dossier and files.
"""

import argparse
import dataclasses
import json
import os
import platform
import shutil
import statistics
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path

from processes import Measured, in_turns, measure, publish

from registry import dossier, pushed, version_map
from registry.pushing import link_or_copy, push_model
from schemas.home import Home

ROOT = Path(__file__).parents[1]
MOST_SECONDS = 1.0  # of `versions`


def repeated(source: Home, home: Home, name: str, count: int) -> None:
    """Puts ``count`` versions into a home, each the newest one of another home under a number of its own."""
    model = pushed.find(source.models(name), name)
    record = dossier.read(dossier.find(source.registry(name), name))
    (entry,) = [e for e in version_map.entries(source.registry(name)) if str(e.serving_version) == model.name]
    entries = []
    for number in range(count):
        card = dataclasses.replace(entry.card, version=f"1.{number}.0", serving_version=1_700_000_000 + number)
        push_model(model, home.models(name), card, copy=link_or_copy)
        target = dossier.folder(home.registry(name), card.version, None)
        shutil.copytree(dossier.find(source.registry(name), name), target, ignore=lambda _, names: [dossier.RECORD])
        written = dataclasses.replace(record, card=card).to_json()
        (target / dossier.RECORD).write_text(json.dumps(written), encoding="utf-8")
        entries.append(
            dataclasses.replace(entry, version=card.version, serving_version=card.serving_version, card=card)
        )
    version_map.restore(home.registry(name), entries)


def turn(home: Home, name: str, count: int) -> dict[str, Measured]:
    """One call of each command."""
    older, newest = f"1.{count - 2}.0", f"1.{count - 1}.0"
    commands = {
        "list": ["list"],
        "versions": ["versions", name],
        "versions --json": ["versions", name, "--json"],
        "label": ["label", name, older, "stable"],
        "diff": ["diff", name, older, newest],
    }
    environment = {"SLIPWAY_HOME": str(home.root), "PYTHONPATH": str(ROOT)}
    return {
        what: measure([sys.executable, str(ROOT / "slipway.py"), *words], environment)
        for what, words in commands.items()
    }


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("name")
    parser.add_argument("--versions", type=int, default=50)
    parser.add_argument("--times", type=int, default=5)
    parser.add_argument("--out", type=Path)
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        home = Home(Path(folder), Path(folder, "data"))
        repeated(Home.from_environment(), home, chosen.name, chosen.versions)
        turns = in_turns(chosen.times, lambda: turn(home, chosen.name, chosen.versions))
    rows = [
        f"| `slipway {what}` | {statistics.median(one[what].seconds for one in turns):.2f} | "
        f"{max(one[what].seconds for one in turns):.2f} | {statistics.median(one[what].cpu for one in turns):.2f} | "
        f"{max(one[what].megabytes for one in turns):.0f} |"
        for what in turns[0]
    ]
    text = (
        f"## Versions: the commands with {chosen.versions} versions of {chosen.name}\n\n"
        f"{datetime.now(UTC):%Y-%m-%d}, 2 cores, {platform.machine()}, Python {platform.python_version()}; "
        f"{chosen.times} turns, each command a process of its own; the machine's load average was "
        f"{os.getloadavg()[0]:.1f} (2 cores).\n`slipway list` reads no version: it is what any command takes.\n\n"
        "| | median seconds | slowest | of a core | peak MB |\n|---|---:|---:|---:|---:|\n" + "\n".join(rows) + "\n"
    )
    publish(text, chosen.out)
    return 0 if statistics.median(one["versions"].seconds for one in turns) < MOST_SECONDS else 1


if __name__ == "__main__":
    sys.exit(main())
