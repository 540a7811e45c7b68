"""Tables in a terminal; light to import."""

import shlex
from pathlib import Path

from rich.console import Console

_WIDTH = 130  # of what is no terminal: rich would break a table's lines at 80 columns


def for_tables() -> Console:
    """Standard output, wide enough for a table where it is no terminal."""
    console = Console()
    return console if console.is_terminal else Console(width=max(console.width, _WIDTH))


def metric_text(value: float | None) -> str:
    """A metric's value, or a dash where it has none."""
    return "-" if value is None else f"{value:.4f}"


def graph_option(graph: Path | None) -> list[str]:
    """``--graph`` as part of a command that is shown to be typed next; nothing without a graph."""
    return [f"--graph {shlex.quote(str(graph))}"] if graph else []
