"""Tables in a terminal; light to import."""

from rich.console import Console

_WIDTH = 130  # of what is no terminal: rich would break a table's lines at 80 columns


def for_tables() -> Console:
    """Standard output, wide enough for a table where it is no terminal."""
    console = Console()
    return console if console.is_terminal else Console(width=max(console.width, _WIDTH))


def metric_text(value: float | None) -> str:
    """A metric's value, or a dash where it has none."""
    return "-" if value is None else f"{value:.4f}"
