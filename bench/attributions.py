#!/usr/bin/env python
"""Measures the attributions and the neighbours of the worst 50 examples, of models that were trained before.

usage: attributions.py [NAME ...] [--turns T] [--out FILE]

Each NAME (titanic, mnist and reuters without any) is a dataset whose last run is in $SLIPWAY_HOME. Each turn is a process of
its own. Its seconds are those of the analysis step, where the model is loaded already and the libraries are imported; they
hold the tracing of the model, which is most of it for a small one. Seconds of a core are what it computed, whatever else the
machine did. The gap is the largest that an attribution has.
"""

import argparse
import json
import os
import platform
import statistics
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from processes import measure, publish

sys.path.insert(0, str(Path(__file__).parents[1]))

EXAMPLES = 50
PARTS = ("loading", "attributions", "attributions, of a core", "neighbours", "neighbours, of a core")


def explained(name: str) -> dict[str, Any]:
    """Seconds of one dataset in this process, and the largest gap."""
    import numpy as np

    from analysis import predictions
    from components.evaluation import explaining, neighbours
    from pipelines.page import catalog, resolution
    from prediction.loaded_model import LoadedModel
    from registry import dossier
    from schemas.home import Home

    folder = dossier.find(Home.from_environment().registry(name), name)
    record = dossier.read(folder)
    description = resolution.with_domains(catalog.load(name)).description
    examples = next(origin.uri for origin in record.lineage if origin.kind == "Examples")
    answers = folder / predictions.FILE
    rows = np.argsort(-predictions.read(answers, ["loss"]).loss)[:EXAMPLES].tolist()
    loaded, loading, _ = timed(lambda: LoadedModel(Path(record.trained)))
    found, seconds, cores = timed(lambda: explaining.explain(loaded, description, answers, rows))
    nearest, near, near_cores = timed(lambda: neighbours.find(loaded, description, answers, examples, rows))
    return {
        "model": type(catalog.load(name).model).__name__,
        "loading": loading,
        "attributions": seconds,
        "attributions, of a core": cores,
        "neighbours": near,
        "neighbours, of a core": near_cores,
        "found": len(nearest.neighbours),
        "gap": max(abs(each.gap) for each in found.attributions),
    }


def timed(work: Callable[[], Any]) -> tuple[Any, float, float]:
    """What it gives, its seconds, and those of a core that it took."""
    begun, begun_core = time.perf_counter(), time.process_time()
    found = work()
    return found, time.perf_counter() - begun, time.process_time() - begun_core


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", default=["titanic", "mnist", "reuters"])
    parser.add_argument("--turns", type=int, default=3)
    parser.add_argument("--out", type=Path, default=Path(__file__).with_suffix(".md"))
    parser.add_argument("--one", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.one:
        print(json.dumps(explained(options.one)))
        return
    lines = [
        f"## Why the worst {EXAMPLES} answers are as they are",
        "",
        f"{datetime.now(UTC):%Y-%m-%d}, {os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}; "
        f"seconds, median of {options.turns} turns; {os.getloadavg()[0]:.1f} processes wanted a core when it began.",
        "",
        f"| dataset | model | {' | '.join(PARTS)} | largest gap | found | peak MB |",
        f"|---|---|{'---:|' * (len(PARTS) + 3)}",
    ]
    for name in options.names:
        turns = [measure([sys.executable, __file__, "--one", name], {}) for _ in range(options.turns)]
        one = turns[0].printed
        seconds = (f"{statistics.median(turn.printed[part] for turn in turns):.2f}" for part in PARTS)
        peak = statistics.median(turn.megabytes for turn in turns)
        lines.append(
            f"| {name} | {one['model']} | {' | '.join(seconds)} | {one['gap']:.4f} "
            f"| {one['found']} of {EXAMPLES} | {peak:,.0f} |"
        )
    publish("\n".join([*lines, ""]), options.out)


if __name__ == "__main__":
    main()
