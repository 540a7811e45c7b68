"""A benchmark's result as a table for people and JSON for programs, beside the script."""

import json
import os
import platform
import resource
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent


def _busy_seconds() -> float:
    """Processor time of the whole machine since its start: user, nice, system and interrupts."""
    user, nice, system, _idle, _wait, irq, softirq, *_ = map(
        int, Path("/proc/stat").read_text().split("\n")[0].split()[1:]
    )
    return (user + nice + system + irq + softirq) / os.sysconf("SC_CLK_TCK")


_BEGUN = time.monotonic(), _busy_seconds()


def others() -> float:
    """The share of the machine that other programs used meanwhile; to be asked when the servers have ended."""
    ours = sum(sum(resource.getrusage(who)[:2]) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    seconds, busy = time.monotonic() - _BEGUN[0], _busy_seconds() - _BEGUN[1]
    return max(busy - ours, 0.0) / (seconds * (os.cpu_count() or 1))


def machine() -> str:
    what = f"{platform.machine()}, Python {platform.python_version()}"
    return (
        f"{datetime.now(UTC):%Y-%m-%d}, {os.cpu_count()} cores shared by servers and clients, {what}; "
        f"other programs used {others():.0%} of the machine meanwhile"
    )


def table(headings: Sequence[str], rows: Sequence[Sequence[Any]]) -> list[str]:
    """Lines of Markdown; all columns but the first are aligned to the right."""
    lines = [f"| {' | '.join(headings)} |", f"|---|{'---:|' * (len(headings) - 1)}"]
    return lines + [f"| {' | '.join(map(_cell, row))} |" for row in rows]


def _cell(value: Any) -> str:
    if isinstance(value, float):
        return f"{value:,.2f}" if abs(value) < 100 else f"{value:,.0f}"
    return f"{value:,}" if isinstance(value, int) else str(value)


def verdict(what: str, value: float, limit: float, *, at_least: bool = False) -> dict[str, Any]:
    """A wanted figure and whether it was reached."""
    return {
        "what": what, "value": round(value, 3), "limit": limit, "at_least": at_least,
        "reached": value >= limit if at_least else value <= limit,
    }  # fmt: skip


def write(
    name: str,
    title: str,
    lines: Sequence[str],
    verdicts: Sequence[dict[str, Any]],
    figures: dict[str, Any],
    folder: Path = FOLDER,
) -> None:
    """Writes ``name``.md and ``name``.json into the folder, and prints the first."""
    wanted = [
        f"- {'reached' if v['reached'] else '**missed**'}: {v['what']} is {v['value']:,g}, "
        f"wanted {'at least' if v['at_least'] else 'at most'} {v['limit']:,g}"
        for v in verdicts
    ]
    where = machine()
    text = "\n".join([f"## {title}", "", f"{where}.", "", *lines, "", *wanted, ""])
    (folder / f"{name}.md").write_text(text, encoding="utf-8")
    found = _without_windows({"machine": where, "verdicts": list(verdicts), **figures})
    (folder / f"{name}.json").write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    print(text)


def _without_windows(figures: Any) -> Any:
    """The figures over time are for plots."""
    if isinstance(figures, dict):
        return {key: _without_windows(value) for key, value in figures.items() if key != "windows"}
    return [_without_windows(value) for value in figures] if isinstance(figures, list) else figures
