"""The display of ``slipway loadtest``: how far it is, and the table of its result."""

import time
from collections import Counter
from types import TracebackType

from rich import box
from rich.console import Console
from rich.live import Live
from rich.table import Table
from rich.text import Text

from serving.load_test.open_loop import State
from serving.load_test.result import PERCENTILES, Result


class Display:
    """A line that is drawn four times a second by a thread of its own; nothing where stderr is no terminal."""

    def __init__(self) -> None:
        console = Console(stderr=True)
        self._state: State | None = None
        # A thread of its own: drawing must not delay the event loop, which keeps the schedule.
        self._live = (
            Live(get_renderable=self._line, console=console, refresh_per_second=4, transient=True)
            if console.is_terminal
            else None
        )

    def watch(self, state: State) -> None:
        """A schedule begins; its state changes as it goes on."""
        self._state = state

    def _line(self) -> Text:
        state = self._state
        if state is None:
            return Text("asking the server once ...")
        plan = state.plan
        seconds, whole = time.monotonic() - state.begun, (plan.warm + plan.counted) / plan.rate
        phase = "warming up" if state.sent < plan.warm else f"{min(seconds, whole):.0f} of {whole:.0f} s"
        line = Text(f"{plan.rate:,.0f}/s: {phase}, {state.answered:,} answers")
        if state.failed:
            line.append(f", {state.failed:,} errors", "red")
        return line

    def __enter__(self) -> "Display":
        if self._live is not None:
            self._live.start()
        return self

    def __exit__(self, kind: type | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if self._live is not None:
            self._live.stop()


def show_result(result: Result, console: Console) -> None:
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


def _batches(result: Result) -> str:
    return f"{result['rows']} rows in turn" + (f", {result['batch']} a request" if result["batch"] > 1 else "")


def _durations(result: Result) -> str:
    return f"{result['duration']:g} s a rate" if result["sweep"] else f"{result['duration']:g} s"


def _table(result: Result) -> Table:
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
            *(_milliseconds(latency[name]) for name in PERCENTILES),
            _milliseconds(latency["max"]),
            _milliseconds(step["behind"]["p99"]),
            ", ".join(f"{count:,} {name}" for name, count in Counter(step["errors"]).most_common()) or "-",
            style="bold green" if step["offered"] == knee else None,
        )
    return table


def _milliseconds(value: float | None) -> str:
    if value is None:
        return "-"
    return f"{value:.2f}" if value < 100 else f"{value:,.0f}"


def notes(result: Result) -> list[str]:
    """What limits the figures: rates at which the generator itself was late, and the note of the result."""
    behind = [step for step in result["rates"] if step["generator_behind"]]
    found = [
        f"{step['offered']:,g}/s: generator behind by {step['behind']['p99']:.0f} ms (p99), at most "
        f"{step['behind']['max']:.0f} ms: these figures are its own, not the server's alone"
        for step in sorted(behind, key=lambda step: step["offered"])
    ]
    return [*found, *([result["note"]] if result["note"] else [])]
