"""The display of ``slipway workflow`` and ``slipway tune``: every trial, the best one, and its settings to be typed."""

import shlex

from rich import box
from rich.console import Console
from rich.table import Table

from analysis.trials import Search, Trial
from cli.console import metric_text


def show(search: Search, console: Console) -> None:
    """Shows the result of a search."""
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
    _line(
        console,
        f"best: trial {best.number}, the lowest eval loss; chosen by {rows['eval']} examples, which flatters it",
    )
    reached = ", ".join(f"{name} {metric_text(value)}" for name, value in search.test.items())
    naive = ", ".join(f"{name} {metric_text(value)}" for name, value in search.naive.items())
    _line(
        console,
        f"on the {rows['test']} examples of the test split, which chose nothing: {reached} (naive baseline: {naive})",
    )
    _line(console, f"next:   {command(search)}")
    _line(console, f"figure: {search.figure}")
    _line(console, f"time:   {search.seconds['total']:.1f} s")


def command(search: Search) -> str:
    """The run with the best settings."""
    texts = (*search.base, *search.settings)
    return " ".join(["slipway run", search.dataset, *(f"--set {shlex.quote(text)}" for text in texts)])


def _line(console: Console, text: str) -> None:
    console.print(text, highlight=False, markup=False, soft_wrap=True)


def _table(search: Search) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column("", justify="right")
    table.add_column("trial", overflow="fold")
    for column in ("weights", "epoch", "train loss", "eval loss", f"eval {search.primary}"):
        table.add_column(column, justify="right")
    table.add_column("fit")
    stage = ""
    for trial in search.trials:
        if trial.stage != stage:
            table.add_row("", f"[bold]{trial.stage}[/]")
            stage = trial.stage
        table.add_row(*_row(trial, search), style="green" if trial.number == search.best else "")
    return table


def _row(trial: Trial, search: Search) -> tuple[str, ...]:
    trained = trial.number > 0
    return (
        f"{trial.number}" if trained else "",
        trial.what,
        f"{trial.parameters:,}" if trained else "",
        f"{trial.best_epoch}/{trial.epochs}" if trained else "",
        metric_text(trial.train_loss),
        metric_text(trial.eval_loss),
        metric_text(trial.eval[search.primary]),
        trial.fit,
    )
