"""The display of ``slipway learning-curve``: a line for each size, what follows of more examples, and the fit diagnosis."""

import shlex
from pathlib import Path

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from analysis.learning_curve import CurvePoint, LearningCurve, sentence
from cli.tables import graph_option, metric_text

_PARTS = {
    "classes": ", each part with its share of every class",
    "time": ", each part the most recent examples",
    "": "",
}


def show(curve: LearningCurve, console: Console, graph: Path | None = None) -> None:
    """Shows the result of a learning curve; ``graph`` is the file whose model was trained, None for the page's own."""
    parts = _PARTS[curve.strata]
    console.print(
        f"\n{curve.dataset}, compared on {curve.eval_examples} examples of the eval split{parts}",
        highlight=False,
        style="bold",
        soft_wrap=True,
    )
    if curve.limit:
        _line(console, f"of at most {curve.limit} rows (--limit)")
    console.print(_table(curve))
    _line(console, " train, eval: mean losses, without penalties on weights\n")
    _line(console, f"data:   {sentence(curve)}")
    _line(console, f"fit:    {curve.fit.kind}. {curve.fit.sentence}")
    for text in curve.fit.evidence:
        _line(console, f"        {text}")
    if curve.fit.suggestion:
        _line(console, f"next:   {command(curve, graph)} ({curve.fit.why})")
    _line(console, f"figure: {curve.figure}")
    _line(console, f"time:   {curve.seconds['total']:.1f} s")


def command(curve: LearningCurve, graph: Path | None = None) -> str:
    """The run with the change that the diagnosis suggests."""
    texts = (*curve.settings, curve.fit.suggestion)
    return " ".join(
        ["slipway run", curve.dataset, *graph_option(graph), *(f"--set {shlex.quote(text)}" for text in texts)]
    )


def _line(console: Console, text: str) -> None:
    console.print(text, highlight=False, markup=False, soft_wrap=True)


def _table(curve: LearningCurve) -> Table:
    primary = curve.primary.removeprefix("binary_")
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, padding=(0, 1, 0, 0))
    for column in (" size", "examples", "epoch", "train", "eval", primary, "95% interval"):
        table.add_column(Text(column), justify="right", no_wrap=True)
    for point in curve.points:
        metric = point.metric
        between = "-" if metric.low is None else f"{metric_text(metric.low)} to {metric_text(metric.high)}"
        numbers = map(metric_text, (point.train, point.eval, metric.value))
        table.add_row(f"{100 * point.share:g}%", f"{point.examples:,}", _epochs(point), *numbers, between)
    table.add_section()
    table.add_row("naive", "", "", "", "", metric_text(curve.naive), "")
    return table


def _epochs(point: CurvePoint) -> str:
    """Of an ensemble the lowest and the highest."""
    low, high = min(point.best_epochs), max(point.best_epochs)
    return str(low) if low == high else f"{low}-{high}"
