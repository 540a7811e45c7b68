"""A benchmark's result as a table for people and JSON for programs, beside the script."""

import json
import os
import platform
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent


def machine() -> str:
    what = f"{platform.machine()}, Python {platform.python_version()}"
    return f"{datetime.now(UTC):%Y-%m-%d}, {os.cpu_count()} cores shared by servers and clients, {what}"


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
    name: str, title: str, lines: Sequence[str], verdicts: Sequence[dict[str, Any]], figures: dict[str, Any]
) -> None:
    """Writes ``name``.md and ``name``.json, and prints the first."""
    wanted = [
        f"- {'reached' if v['reached'] else '**missed**'}: {v['what']} is {v['value']:,g}, "
        f"wanted {'at least' if v['at_least'] else 'at most'} {v['limit']:,g}"
        for v in verdicts
    ]
    text = "\n".join([f"## {title}", "", f"{machine()}.", "", *lines, "", *wanted, ""])
    (FOLDER / f"{name}.md").write_text(text, encoding="utf-8")
    found = {"machine": machine(), "verdicts": list(verdicts), **figures}
    (FOLDER / f"{name}.json").write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    print(text)
