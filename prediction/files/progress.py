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

    class Done(ProgressColumn):
        def render(self, task: Task) -> Text:
            if not task.completed:
                return Text("loading the model", style="dim")
            return Text(f"{task.completed:,.0f} rows, {task.speed or 0:,.0f} rows/s")

    bar = () if total is None else (BarColumn(), TextColumn("{task.percentage:.0f}%"))
    console = Console(file=stream, force_terminal=True)
    with Progress(
        SpinnerColumn("dots", style="yellow"), *bar, Done(),
        console=console, transient=True, redirect_stdout=False, redirect_stderr=False, speed_estimate_period=5,
    ) as shown:  # fmt: skip
        task = shown.add_task("", total=total)
        yield lambda rows: shown.advance(task, rows)
