"""A load test's report: a folder with JSON, a picture and a page; and a table for the terminal."""

import json
from collections import Counter
from pathlib import Path
from typing import Any

from rich import box
from rich.console import Console
from rich.table import Table

from schemas.errors import InputError
from schemas.files import whole_folder
from serving.load_test import plots

JSON, PICTURE, PAGE = "load_test.json", "load_test.png", "load_test.html"


def write(folder: Path, result: dict[str, Any]) -> None:
    """Makes the folder, shown under its own name only when it is whole.

    Raises InputError where it cannot be written; nothing is then left.
    """
    try:
        with whole_folder(folder) as part:
            (part / JSON).write_text(json.dumps(result, indent=1), encoding="utf-8")
            plots.picture(result, part / PICTURE)
            plots.page(result, part / PAGE)
    except OSError as error:
        raise InputError(
            f"cannot write the report {folder}: {error.strerror}; name another folder with --out"
        ) from error


def show(result: dict[str, Any], console: Console) -> None:
    """The table of all rates by rising rate, the knee, and what to know about it."""
    console.print(
        f"\n{result['model']} {result['version']} at {result['url']}, {_batches(result)}, {_durations(result)}\n"
    )
    console.print(_table(result))
    busiest = max(result["rates"], key=lambda step: step["offered"])
    console.print(
        f"the generator itself: {busiest['processor_us']:.0f} µs of processor time a request", highlight=False
    )
    for line in notes(result):
        console.print(line, style="yellow", highlight=False)
    if result["knee"]:
        knee = result["knee"]
        console.print(
            f"\n[bold]knee: {knee['offered']:,g} requests/s[/bold], p99 {_milliseconds(knee['latency']['p99'])} ms "
            f"(above it: under 95 % of the rate, over 1 % errors, or p99 over {result['p99_limit_ms']:g} ms)",
            highlight=False,
        )
    elif result["sweep"]:
        console.print("\n[bold]no knee: no rate was sustained[/bold]")
    console.print(f"report: {result['report']}", highlight=False, soft_wrap=True)


def _batches(result: dict[str, Any]) -> str:
    return f"{result['rows']} rows in turn" + (f", {result['batch']} a request" if result["batch"] > 1 else "")


def _durations(result: dict[str, Any]) -> str:
    return f"{result['duration']:g} s a rate" if result["sweep"] else f"{result['duration']:g} s"


def _table(result: dict[str, Any]) -> Table:
    table = Table(box=box.SIMPLE_HEAD, caption="latencies and the generator's lag (behind, p99) in milliseconds")
    for heading in ("offered/s", "answered/s", "p50", "p95", "p99", "max", "behind"):
        table.add_column(heading, justify="right", no_wrap=True)
    table.add_column("errors")
    knee = result["knee"]["offered"] if result["knee"] else None
    for step in sorted(result["rates"], key=lambda step: step["offered"]):
        latency = step["latency"]
        table.add_row(
            f"{step['offered']:,g}",
            f"{step['achieved']:,.1f}",
            *(_milliseconds(latency[name]) for name in ("p50", "p95", "p99", "max")),
            _milliseconds(step["behind"]["p99"]),
            ", ".join(f"{count:,} {name}" for name, count in Counter(step["errors"]).most_common()) or "-",
            style="bold green" if step["offered"] == knee else None,
        )
    return table


def _milliseconds(value: float | None) -> str:
    if value is None:
        return "-"
    return f"{value:.2f}" if value < 100 else f"{value:,.0f}"


def notes(result: dict[str, Any]) -> list[str]:
    """What a reader must know before believing the figures."""
    behind = [step for step in result["rates"] if step["generator_behind"]]
    found = [
        f"{step['offered']:,g}/s: generator behind by {step['behind']['p99']:.0f} ms (p99), at most "
        f"{step['behind']['max']:.0f} ms: these figures are its own, not the server's alone"
        for step in sorted(behind, key=lambda step: step["offered"])
    ]
    return [*found, *([result["note"]] if result["note"] else [])]
