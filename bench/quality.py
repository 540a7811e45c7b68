"""How good the models are: every dataset on its full data, five seeds, judged on the test split.

    python bench/quality.py DATA [DATASET ...] [--seeds 5] [--splits 0]

DATA is a folder with the datasets' files. Each dataset gets a home of its own; its first run is cold, the others reuse what
does not depend on the seed. What was measured is kept in bench/quality.json, and a run that is there is not done again (delete
the file, or a dataset's part of it, after a change); bench/quality.md is written from it. With ``--splits N`` the same is done
over N other divisions of the rows (a salt for the hash), for the small datasets without an official test set: their figures
depend more on the division than on the seed.
"""

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import processes

FOLDER = Path(__file__).parent
KEPT = FOLDER / "quality.json"
TABLE = FOLDER / "quality.md"
# Dataset: the metrics that are asked for, and the bounds.
ASKED = {
    "titanic": {"binary_accuracy": 0.81, "auc": 0.86},
    "house_prices": {"rmsle": 0.135},
    "boston_housing": {"mae": 2.4},
    "auto_mpg": {"mae": 1.9},
    "mnist": {"accuracy": 0.993},
    "fashion_mnist": {"accuracy": 0.925},
    "imdb": {"binary_accuracy": 0.895},
    "reuters": {"accuracy": 0.81},
}
SMALLER_IS_BETTER = {"rmsle", "mae"}
HASHED = ("titanic", "house_prices", "boston_housing", "auto_mpg")  # no official test set, a few hundred rows of it


def run(dataset: str, home: Path, data: Path, *settings: str) -> dict[str, Any]:
    """One run in a process of its own: what ``slipway run --json`` says, and the process's peak memory in MB."""
    command = [sys.executable, str(FOLDER.parent / "slipway.py"), "run", dataset, "--json"]
    for setting in settings:
        command += ["--set", setting]
    # 3: trained, but not blessed.
    measured = processes.measure(command, {"SLIPWAY_HOME": str(home), "SLIPWAY_DATA": str(data)}, allowed=(0, 3))
    result = measured.printed
    return {
        "settings": settings,
        "metrics": result["metrics"],
        "examples": result["examples"],
        "blessed": result["blessed"],
        "seconds": result["seconds"],
        "cached": result["cached"],
        "peak_mb": round(measured.megabytes),
        "commit": commit(),
    }


def commit() -> str:
    """The code that is measured."""
    command = ["git", "-C", str(FOLDER.parent), "rev-parse", "--short", "HEAD"]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()


def measure(dataset: str, data: Path, seeds: int, splits: int) -> None:
    """The runs of a dataset over seeds and over divisions of its rows that are not kept yet; each is kept at once."""
    wanted = [("seeds", "seed", seeds), ("splits", "salt", splits if dataset in HASHED else 0)]
    with tempfile.TemporaryDirectory() as folder:
        for kind, setting, count in wanted:
            for number in range(1, count + 1):
                kept = json.loads(KEPT.read_text()) if KEPT.exists() else {}
                known = kept.setdefault(dataset, {"seeds": [], "splits": []})[kind]
                if number <= len(known):
                    continue
                known.append(run(dataset, Path(folder), data, f"{setting}={number}"))
                print(dataset, setting, number, known[-1]["metrics"], known[-1]["seconds"]["total"], flush=True)
                KEPT.write_text(json.dumps(kept, indent=1))
                TABLE.write_text(table(kept))


def row(dataset: str, metric: str, bound: float, runs: list[dict[str, Any]]) -> str:
    """A line of the table."""
    values = [entry["metrics"][metric] for entry in runs]
    mean = statistics.mean(values)
    spread = statistics.stdev(values) if len(values) > 1 else 0.0
    smaller = metric in SMALLER_IS_BETTER
    reached = mean <= bound if smaller else mean >= bound
    cells = [
        dataset,
        metric,
        f"{'<=' if smaller else '>='} {bound}",
        f"{mean:.4f} ± {spread:.4f}",
        f"{min(values):.4f} to {max(values):.4f}",
        "yes" if reached else "**no**",
        str(len(runs)),
        str(runs[0]["examples"]),
    ]
    return "| " + " | ".join(cells)


def table(kept: dict[str, Any]) -> str:
    """bench/quality.md."""
    known = [dataset for dataset in ASKED if dataset in kept]
    lines = [
        "# Quality on the test split",
        "",
        "Full data, seeds 1 to 5 unless fewer are named (`python bench/quality.py`), mean and standard deviation;",
        f"{platform.machine()}, {os.cpu_count()} cores, no GPU. The eval split stopped the training. The test split was",
        "looked at a few times while the pages were written, so that its figures are a little optimistic for the small",
        "datasets; the table of other divisions has no such past.",
        "",
        "| dataset | metric | asked | mean ± deviation | range | reached | runs | test examples | cold run | peak memory |",
        "| --- | --- | --- | --- | --- | --- | ---: | ---: | ---: | ---: |",
    ]
    for dataset in known:
        first = kept[dataset]["seeds"][0]
        peak = max(entry["peak_mb"] for entry in kept[dataset]["seeds"])
        for metric, bound in ASKED[dataset].items():
            lines.append(
                row(dataset, metric, bound, kept[dataset]["seeds"])
                + f" | {first['seconds']['total']:.0f} s | {peak:,} MB |"
            )
    if any(kept[dataset]["splits"] for dataset in known):
        lines += [
            "",
            "The same over other divisions of the rows into train, eval and test (`--set salt=1` and so on). These datasets",
            "have few rows, so that the division matters more than the seed; the page's own is salt 0, the default.",
            "",
            "| dataset | metric | asked | mean ± deviation | range | reached | runs | test examples |",
            "| --- | --- | --- | --- | --- | --- | ---: | ---: |",
        ]
        for dataset in known:
            for metric, bound in ASKED[dataset].items() if kept[dataset]["splits"] else ():
                lines.append(row(dataset, metric, bound, kept[dataset]["splits"]) + " |")
    commits = {dataset: sorted({entry["commit"] for entry in kept[dataset]["seeds"]}) for dataset in known}
    lines += ["", "Commit and seconds by step of each dataset's cold run:", ""]
    for dataset in known:
        seconds = kept[dataset]["seeds"][0]["seconds"]
        lines.append(
            f"- {dataset} ({', '.join(commits[dataset])}): "
            + ", ".join(f"{step} {value:.1f}" for step, value in seconds.items())
        )
    return "\n".join(lines) + "\n"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("datasets", nargs="*", metavar="DATASET", help="all, if none is named")
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--splits", type=int, default=0)
    chosen = parser.parse_args()
    for dataset in chosen.datasets or ASKED:
        measure(dataset, chosen.data.absolute(), chosen.seeds, chosen.splits)


if __name__ == "__main__":
    main()
