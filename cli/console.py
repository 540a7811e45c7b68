"""The display of ``slipway run``: the steps as they go, and the result."""

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager

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
from cli.tables import metric_text
from pipelines import steps
from schemas import events
from schemas.records import Check, Interval, RunResult
from schemas.thresholds import VALUE

_SECONDS_BETWEEN_LINES = 5


@contextmanager
def showing() -> Iterator[None]:
    """Shows this process's events on what is stderr now, also while the libraries' output goes elsewhere (schemas.quiet)."""
    with os.fdopen(os.dup(2), "w", buffering=1, encoding="utf-8", errors="replace") as terminal:
        display = StepDisplay(Console(file=terminal, force_terminal=os.isatty(2)))
        with events.listening(display.show):
            try:
                yield
            finally:
                display.close()


class StepDisplay:
    """A line per step, with a spinner on the one that runs; plain lines where the output is not a terminal."""

    def __init__(self, console: Console) -> None:
        self._lines: list[Text] = []
        self._running: dict[str, _Running] = {}
        self._live: Live | None = None
        self._console = console
        self._amounts = Amounts(console)

    def show(self, event: events.Event) -> None:
        """Shows an event: a listener (schemas.events)."""
        match event:
            case events.StepStarted(step):
                self._start(step)
            case events.StepFinished(step, seconds, cached, detail):
                self._finish(step, seconds, cached, detail or steps.words(step))
            case events.StepFailed(step, reason):
                self._running.pop(step, None)
                self._draw()
                if reason:
                    self._note(str(event))
            case events.EpochEnded():  # a line for each would fill a log
                if self._live is not None:
                    self._note(str(event))
            case events.Bytes(what, done, total):
                self._amounts.show(what, done, total)
            case events.Waiting("run", text):  # before the first step, so that there is no step to indent it under
                self._console.print(text)
            case events.Waiting() | events.Note():
                self._note(event.text)

    def close(self) -> None:
        """Leaves the finished steps and the bars as they are."""
        self._amounts.stop()
        if self._live is not None:
            self._running.clear()
            self._draw()
            self._live.stop()
            self._live = None

    def _start(self, step: str) -> None:
        self._amounts.stop()  # rich draws one live display at a time
        self._running[step] = _Running(step)
        if self._live is None and self._console.is_terminal:
            # Else rich would show what libraries write to sys.stderr above the steps.
            self._live = Live(console=self._console, refresh_per_second=8, redirect_stdout=False, redirect_stderr=False)
            self._live.start()
        self._draw()

    def _finish(self, step: str, seconds: float, cached: bool, detail: str) -> None:
        self._running.pop(step, None)
        line = Text.assemble(
            (" • " if cached else " ✓ ", "cyan" if cached else "green"),
            (f"{step:<17}", "bold"),
            f"{'cached' if cached else f'{seconds:.1f} s':>8}   ",
            (detail, "dim"),
        )
        self._lines.append(line)
        self._draw()
        if self._live is None:
            self._console.print(line, soft_wrap=True)

    def _note(self, text: str) -> None:
        """Beside the spinner where there is one, else on a line of its own."""
        if self._live is not None and self._running:
            self._newest().note = text
        else:
            # soft_wrap: in a log rich would break lines at 80 columns, paths and commands among them.
            self._console.print(f"   {text}", highlight=False, markup=False, soft_wrap=True)

    def _newest(self) -> "_Running":
        # In a cluster tasks run side by side; one line stays below the finished ones, so that nothing jumps.
        return list(self._running.values())[-1]

    def _draw(self) -> None:
        if self._live is not None:
            self._live.update(Group(*self._lines, *([self._newest()] if self._running else [])))


class Amounts:
    """A bar for each download; a line every few seconds, and at the end, where the output is not a terminal."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._bars: Progress | None = None
        self._tasks: dict[str, TaskID] = {}
        self._next_line = 0.0

    def show(self, what: str, done: int, total: int | None) -> None:
        """Shows how many bytes of the file ``what`` are here; ``total`` is None where the size is unknown."""
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
    """A running step with its spinner, time and latest note; drawn anew at each refresh."""

    def __init__(self, step: str) -> None:
        self.note = ""
        self._step = step
        self._begun = time.monotonic()
        self._spinner = Spinner("dots", style="yellow")

    def __rich__(self) -> RenderableType:
        row = Table.grid()
        seconds = f"{time.monotonic() - self._begun:.1f} s"
        text = self.note or steps.words(self._step)
        row.add_row(
            " ",
            self._spinner,
            f" [bold]{self._step:<17}[/]{seconds:>8}   ",
            Text(text, style="dim", overflow="ellipsis", no_wrap=True),
        )
        return row


def show_result(result: RunResult, console: Console, program: str | None) -> None:
    """The end of a run: metrics beside the baselines, the verdict with its reasons, and what to type next.

    ``program`` is the command line's name here, None where the model is not on this machine.
    """
    dataset = result.dataset
    if result.repeated:
        console.print(f"Nothing changed since run {result.run_id}; this is its result.", highlight=False)
    console.print(f"\n{dataset}, {result.examples} examples of the {result.split} split", highlight=False, style="bold")
    if result.limit:
        console.print(f"trained and judged on at most {result.limit} rows (--limit)", highlight=False)
    for column, why in result.excluded.items():
        console.print(
            f"left out: {column}. {why} Take it in with --include {column}.",
            highlight=False,
            markup=False,
            soft_wrap=True,
        )
    console.print(_metrics_table(result))
    if result.caution:
        console.print(f" {result.caution}\n", highlight=False, markup=False, soft_wrap=True, style="yellow")
    worst = result.worst_slice
    if worst:
        values = ", ".join(f"{name} {metric_text(value)}" for name, value in worst.metrics.items())
        where = " and ".join(f"{column} {value}" for column, value in worst.slice.items())
        console.print(
            f" worst slice: {where} ({worst.examples} examples): {values}\n",
            highlight=False,
            markup=False,
            soft_wrap=True,
        )
    case_report.show(result.cases, console)
    for check in result.checks:
        console.print(check_line(check), highlight=False, soft_wrap=True)
    for contract in result.contracts:
        if contract.share is None:
            text = f" - not tried: contract {contract.contract}, which changes no test example"
            console.print(text, style="dim", highlight=False, markup=False, soft_wrap=True)
    if result.baseline is None and result.baseline_note:
        console.print(f" - not compared: {result.baseline_note}", style="dim", highlight=False, soft_wrap=True)
    _show_verdict(result, console, program)
    console.print(f"time:  {result.seconds['total']:.1f} s", highlight=False)


def _show_verdict(result: RunResult, console: Console, program: str | None) -> None:
    dataset = result.dataset
    if result.blessed:
        console.print(f"\n[bold green]blessed[/] as version [bold]{result.version}[/]", highlight=False)
        console.print(f"model: {result.pushed_to}", highlight=False, markup=False, soft_wrap=True)
        command = f'{program} predict {dataset} "$({program} predict {dataset} --example)"'
    else:
        console.print("\n[bold red]not blessed[/]: nothing was pushed; what was pushed before stays", highlight=False)
        command = f"{program} run {dataset} --set KEY=VALUE, or edit pipelines/{dataset}.py"
    if result.report:
        console.print(f"report: {result.report}", highlight=False, markup=False, soft_wrap=True)
    if program is not None:
        console.print(f"next:  {command}", highlight=False, markup=False, soft_wrap=True)


def _metrics_table(result: RunResult) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for column in ("metric", "this model", "95% interval", "last blessed", "naive baseline"):
        table.add_column(
            f" {column}" if column == "metric" else column,
            justify="left" if column == "metric" else "right",
            no_wrap=column != "metric",
            overflow="fold",  # the name of a metric of several labels may be long, and none may be cut
        )
    for name, value in result.metrics.items():
        others = ((result.baseline or {}).get(name), result.naive.get(name))
        # As text: rich would take the unit of a label such as "weight [kg]" for a style.
        table.add_row(
            Text(f" {name}"), metric_text(value), _interval(result.intervals.get(name)), *map(metric_text, others)
        )
    return table


def _interval(found: Interval | None) -> str:
    if found is None or found.low is None or found.high is None:
        return metric_text(None)
    return f"{metric_text(found.low)} to {metric_text(found.high)}"


_KINDS = {
    "threshold": "threshold",
    "naive baseline": "naive baseline",
    "last blessed": "last blessed model less the tolerance",
    "contract": "contract",
}


def check_line(check: Check) -> Text:
    """A check as the end of a run shows it: what was reached, what had to be, and by how much it passed or failed."""
    passed, what = check.passed, f"{check.metric} {metric_text(check.value)}"
    if check.of != VALUE:
        what = f"{check.metric} {metric_text(check.value)} ({check.of} of its 95% interval)"
    by = "it has no value" if check.margin is None else f"by {abs(check.margin):.4f}"
    return Text.assemble(
        (" ✓ " if passed else " ✗ ", "green" if passed else "red"),
        f"{what}, {_KINDS[check.kind]} {check.bound:.4f}: ",
        (f"{'passed' if passed else 'failed'} {by}", "" if passed else "bold red"),
    )
