"""How far a batch prediction is, on a terminal; elsewhere nothing is shown."""

import contextlib
import os
from collections.abc import Callable, Iterator
from typing import TextIO


@contextlib.contextmanager
def progress(stream: TextIO, total: int | None) -> Iterator[Callable[[int], None]]:
    """Yields a function that takes the number of rows that were just done.

    Args:
      stream: where it is shown.
      total: all rows, where that is known.
    """
    if not os.isatty(stream.fileno()):
        yield lambda rows: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, ProgressColumn, SpinnerColumn, Task, TextColumn
    from rich.text import Text

    class Rate(ProgressColumn):
        def render(self, task: Task) -> Text:
            return Text("loading the model" if not task.completed else f"{task.speed or 0:,.0f} rows/s", style="dim")

    bar = () if total is None else (BarColumn(), TextColumn("{task.percentage:.0f}%"))
    columns = (SpinnerColumn("dots", style="yellow"), *bar, TextColumn("{task.completed:,.0f} rows"), Rate())
    console = Console(file=stream, force_terminal=True)
    with Progress(
        *columns, console=console, transient=True, redirect_stdout=False, redirect_stderr=False, speed_estimate_period=5
    ) as shown:
        task = shown.add_task("", total=total)
        yield lambda rows: shown.advance(task, rows)
