"""What ``slipway run`` shows: the steps as they go, and the result."""

import os
import time
from typing import Any, TextIO

from rich import box
from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.progress import (
    BarColumn,
    DownloadColumn,
    Progress,
    TaskID,
    TextColumn,
    TimeRemainingColumn,
    TransferSpeedColumn,
)
from rich.spinner import Spinner
from rich.table import Table
from rich.text import Text

from cli import case_report
from pipelines import steps

_SECONDS_BETWEEN_LINES = 5


class StepDisplay:
    """A line per step, with a spinner on the one that runs; plain lines where the output is not a terminal."""

    def __init__(self, dataset: str) -> None:
        self._dataset = dataset
        self._lines: list[Text] = []
        self._note = ""
        self._live: Live | None = None
        self._console = Console(stderr=True)
        self._amounts = Amounts(self._console)

    def waiting(self, process: str) -> None:
        self._console.print(f"another run of {self._dataset} is going on (process {process}); waiting for it to end")

    def amount(self, what: str, done: int, total: int | None) -> None:
        self._amounts.show(what, done, total)

    def attach(self, terminal: TextIO) -> None:
        self._console = Console(file=terminal, force_terminal=os.isatty(terminal.fileno()))
        if self._console.is_terminal:
            # Else rich would show what libraries write to sys.stderr above the steps.
            self._live = Live(console=self._console, refresh_per_second=8, redirect_stdout=False, redirect_stderr=False)
            self._live.start()

    def started(self, step: str) -> None:
        self._note = ""
        if self._live is not None:
            self._live.update(_Running(self._lines, step, lambda: self._note))

    def finished(self, step: str, seconds: float, cached: bool) -> None:
        line = Text.assemble(
            (" • " if cached else " ✓ ", "cyan" if cached else "green"),
            (f"{step:<17}", "bold"),
            f"{'cached' if cached else f'{seconds:.1f} s':>8}   ",
            (steps.words(step), "dim"),
        )
        self._lines.append(line)
        if self._live is not None:
            self._live.update(Group(*self._lines))
        else:
            self._console.print(line)

    def note(self, message: str) -> None:
        self._note = message
        if self._live is None and not message.startswith("epoch"):
            self._console.print(f"   {message}", highlight=False, markup=False, soft_wrap=True)

    def detach(self) -> None:
        self._amounts.stop()
        if self._live is not None:
            self._live.update(Group(*self._lines))
            self._live.stop()
            self._live = None


class Amounts:
    """A bar for each download; a line every few seconds, and at the end, where the output is not a terminal."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._bars: Progress | None = None
        self._tasks: dict[str, TaskID] = {}
        self._next_line = 0.0

    def show(self, what: str, done: int, total: int | None) -> None:
        if self._console.is_terminal:
            self._draw(what, done, total)
        elif time.monotonic() >= self._next_line or done == total:
            self._next_line = time.monotonic() + _SECONDS_BETWEEN_LINES
            of = f" of {total / 1e6:.1f}" if total else ""
            self._console.print(f"   {what}: {done / 1e6:.1f}{of} MB", highlight=False, markup=False, soft_wrap=True)

    def _draw(self, what: str, done: int, total: int | None) -> None:
        if self._bars is None:
            text = TextColumn("   {task.description}", markup=False)
            columns = (text, BarColumn(), DownloadColumn(), TransferSpeedColumn(), TimeRemainingColumn())
            self._bars = Progress(*columns, console=self._console)
            self._bars.start()
        if what not in self._tasks:
            self._tasks[what] = self._bars.add_task(what)
        self._bars.update(self._tasks[what], completed=done, total=total)

    def stop(self) -> None:
        """Leaves the bars as they are."""
        if self._bars is not None:
            self._bars.stop()
            self._bars = None
            self._tasks = {}


class _Running:
    """The finished lines, and the running step with its spinner, time and latest note; drawn anew at each refresh."""

    def __init__(self, lines: list[Text], step: str, note: Any) -> None:
        self._lines = lines
        self._step = step
        self._note = note
        self._begun = time.monotonic()
        self._spinner = Spinner("dots", style="yellow")

    def __rich__(self) -> RenderableType:
        row = Table.grid()
        seconds = f"{time.monotonic() - self._begun:.1f} s"
        text = self._note() or steps.words(self._step)
        row.add_row(
            " ",
            self._spinner,
            f" [bold]{self._step:<17}[/]{seconds:>8}   ",
            Text(text, style="dim", overflow="ellipsis", no_wrap=True),
        )
        return Group(*self._lines, row)


def show_result(result: dict[str, Any], console: Console, program: str | None) -> None:
    """The end of a run: metrics beside the baselines, the verdict with its reasons, and what to type next.

    ``program`` is how the command line is called here, None where the model is not on this machine.
    """
    dataset = result["dataset"]
    if result["repeated"]:
        console.print(f"Nothing changed since run {result['run_id']}; this is its result.", highlight=False)
    console.print(
        f"\n{dataset}, {result['examples']} examples of the {result['split']} split", highlight=False, style="bold"
    )
    if result["limit"]:
        console.print(f"trained and judged on at most {result['limit']} rows (--limit)", highlight=False)
    for column, why in result["excluded"].items():
        console.print(
            f"left out: {column}. {why} Take it in with --include {column}.",
            highlight=False,
            markup=False,
            soft_wrap=True,
        )
    console.print(_metrics_table(result))
    worst = result["worst_slice"]
    if worst:
        values = ", ".join(f"{name} {metric_text(value)}" for name, value in worst["metrics"].items())
        where = " and ".join(f"{column} {value}" for column, value in worst["slice"].items())
        console.print(
            f" worst slice: {where} ({worst['examples']} examples): {values}\n",
            highlight=False,
            markup=False,
            soft_wrap=True,
        )
    case_report.show(result["cases"], console)
    for check in result["checks"]:
        console.print(_check_line(check), highlight=False, soft_wrap=True)
    if result["baseline"] is None and result["baseline_note"]:
        console.print(f" - not compared: {result['baseline_note']}", style="dim", highlight=False, soft_wrap=True)
    _show_verdict(result, console, program)
    console.print(f"time:  {result['seconds']['total']:.1f} s", highlight=False)


def _show_verdict(result: dict[str, Any], console: Console, program: str | None) -> None:
    dataset = result["dataset"]
    if result["blessed"]:
        console.print(f"\n[bold green]blessed[/] as version [bold]{result['version']}[/]", highlight=False)
        console.print(f"model: {result['pushed_to']}", highlight=False, markup=False, soft_wrap=True)
        command = f'{program} predict {dataset} "$({program} predict {dataset} --example)"'
    else:
        console.print("\n[bold red]not blessed[/]: nothing was pushed; what was pushed before stays", highlight=False)
        command = f"{program} run {dataset} --set KEY=VALUE, or edit pipelines/{dataset}.py"
    if program is not None:
        console.print(f"next:  {command}", highlight=False, markup=False, soft_wrap=True)


def _metrics_table(result: dict[str, Any]) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for column in ("metric", "this model", "last blessed", "naive baseline"):
        table.add_column(
            f" {column}" if column == "metric" else column, justify="left" if column == "metric" else "right"
        )
    for name, value in result["metrics"].items():
        others = [(result[key] or {}).get(name) for key in ("baseline", "naive")]
        table.add_row(f" {name}", metric_text(value), *map(metric_text, others))
    return table


def metric_text(value: float | None) -> str:
    """A metric's value, or a dash where it has none."""
    return "-" if value is None else f"{value:.4f}"


_KINDS = {
    "threshold": "threshold",
    "naive baseline": "naive baseline",
    "last blessed": "last blessed model less the tolerance",
}


def _check_line(check: dict[str, Any]) -> Text:
    passed = check["passed"]
    by = "it has no value" if check["margin"] is None else f"by {abs(check['margin']):.4f}"
    return Text.assemble(
        (" ✓ " if passed else " ✗ ", "green" if passed else "red"),
        f"{check['metric']} {metric_text(check['value'])}, {_KINDS[check['kind']]} {check['bound']:.4f}: ",
        (f"{'passed' if passed else 'failed'} {by}", "" if passed else "bold red"),
    )
