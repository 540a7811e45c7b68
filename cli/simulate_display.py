"""The display of ``slipway simulate``: the tasks as they go, several at once."""

import time

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.spinner import Spinner
from rich.table import Table
from rich.text import Text

from pipelines.kubeflow.simulate.record import FAILED

_WIDTH = 17


class TaskDisplay:
    """A line per finished task, and one with a spinner for each that runs; plain lines where it is not a terminal."""

    def __init__(self, console: Console | None = None) -> None:
        self._console = console or Console(stderr=True)
        self._live: Live | None = None
        self._lines: list[Text] = []
        self._running: dict[str, _Running] = {}

    def __enter__(self) -> "TaskDisplay":
        if self._console.is_terminal:
            # Drawn from a function, eight times a second: the times of running tasks go on between two lines of output.
            self._live = Live(console=self._console, refresh_per_second=8, get_renderable=self._drawn)
            self._live.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self._live is not None:
            self._running.clear()
            self._live.stop()
            self._live = None

    def note(self, message: str) -> None:
        """A line of its own."""
        self._add(Text(message))

    def started(self, task: str, node: str, attempt: int) -> None:
        """A task's pod begins on ``node``; attempts count from 1."""
        self._running[task] = _Running(task, node if attempt == 1 else f"{node}, attempt {attempt}")

    def line(self, task: str, text: str) -> None:
        """A line of a running task's output; the last one that is not blank stays beside its spinner."""
        # Output of a pod may come after it was declared over.
        if task in self._running and text.strip():
            self._running[task].note = text.strip()

    def retried(self, task: str, reason: str) -> None:
        """A task's attempt failed, and another one follows; ``reason`` gets a line of its own."""
        self._running.pop(task, None)
        self._add(Text.assemble((" ↻ ", "yellow"), (f"{task:<{_WIDTH}}", "bold"), reason))

    def finished(self, task: str, state: str, seconds: float, what: str) -> None:
        """A task is over, in a state of ``pipelines.kubeflow.simulate.record``; ``what`` is shown beside its seconds."""
        self._running.pop(task, None)
        mark = (" ✗ ", "red") if state == FAILED else (" ✓ ", "green")
        self._add(Text.assemble(mark, (f"{task:<{_WIDTH}}", "bold"), f"{seconds:>6.1f} s   ", (what, "dim")))

    def _add(self, line: Text) -> None:
        self._lines.append(line)
        if self._live is None:
            self._console.print(line, highlight=False, soft_wrap=True)

    def _drawn(self) -> RenderableType:
        return Group(*self._lines, *self._running.values())


class _Running:
    """A task that runs, with its time and the last line of its output; drawn anew at each refresh."""

    def __init__(self, task: str, where: str) -> None:
        self.note = ""
        self._task, self._where = task, where
        self._begun = time.monotonic()
        self._spinner = Spinner("dots", style="yellow")

    def __rich__(self) -> RenderableType:
        row = Table.grid()
        seconds = f"{time.monotonic() - self._begun:.1f} s"
        note = Text(
            f"{self._where}: {self.note}" if self.note else self._where, "dim", overflow="ellipsis", no_wrap=True
        )
        row.add_row(
            " ", self._spinner, Text.assemble(" ", (f"{self._task:<{_WIDTH}}", "bold"), f"{seconds:>8}   "), note
        )
        return row
