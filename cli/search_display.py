"""The display of ``slipway workflow`` and ``slipway tune``: every trial, the best one, and its settings to be typed."""

import shlex
from pathlib import Path

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from analysis.trials import Search, Trial
from cli.tables import graph_option, metric_text


def show(search: Search, console: Console, graph: Path | None = None) -> None:
    """Shows the result of a search; ``graph`` is the file whose model was trained, None for the page's own."""
    rows = search.examples
    console.print(
        f"\n{search.dataset}: trials learn from {rows['train']} examples and are compared on {rows['eval']}",
        highlight=False,
        style="bold",
    )
    if search.limit:
        _line(console, f"of at most {search.limit} rows (--limit)")
    console.print(_table(search))
    for note in search.notes:
        _line(console, note)
    best = search.best_trial
    reached = ", ".join(f"{name} {metric_text(value)}" for name, value in search.test.items())
    naive = ", ".join(f"{name} {metric_text(value)}" for name, value in search.naive.items())
    chosen = f"the lowest eval loss of {len(search.trials) - 1}; as it was chosen by it, this is somewhat optimistic"
    _line(console, f"best:   trial {best.number}: {chosen}")
    _line(console, f"test:   {reached} (naive baseline: {naive}) on {rows['test']} examples, which chose nothing")
    _line(console, f"next:   {command(search, graph)}")
    if search.kind == "tune" and search.settings:
        _line(console, " ".join(["or:     slipway run", search.dataset, *graph_option(graph), "--tuned"]))
    _line(console, f"figure: {search.figure}")
    _line(console, f"time:   {search.seconds['total']:.1f} s")


def command(search: Search, graph: Path | None = None) -> str:
    """The run with the best settings."""
    texts = (*search.base, *search.settings)
    return " ".join(
        ["slipway run", search.dataset, *graph_option(graph), *(f"--set {shlex.quote(text)}" for text in texts)]
    )


def _line(console: Console, text: str) -> None:
    console.print(text, highlight=False, markup=False, soft_wrap=True)


def _table(search: Search) -> Table:
    caption = Text(f" train, eval: mean losses; {search.primary}: on the eval split", "table.caption")
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, padding=(0, 1, 0, 0), caption=caption, caption_justify="left")
    table.add_column(" ", justify="right")
    table.add_column("trial", overflow="fold")
    for column in ("epoch", "train", "eval", search.primary.removeprefix("binary_")):
        table.add_column(Text(column), justify="right")
    table.add_column("fit", no_wrap=True)
    stage = ""
    for trial in search.trials:
        if trial.stage != stage and trial.number:
            table.add_row("", f"[bold]{trial.stage}[/]")
        stage = trial.stage
        table.add_row(*_row(trial, search), style="green" if trial.number == search.best else "")
    return table


def _row(trial: Trial, search: Search) -> tuple[str, ...]:
    numbers = (trial.train_loss, trial.eval_loss, trial.eval[search.primary])
    return (
        str(trial.number) if trial.number else "",
        trial.what,
        f"{trial.best_epoch}/{trial.epochs}" if trial.number else "",
        *map(metric_text, numbers),
        trial.fit,
    )
