"""The display of ``slipway kfold``: the folds side by side, mean, spread and interval."""

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from analysis.folds import Contradicted, CrossValidation
from cli.tables import metric_text
from schemas.records import Interval

_SHOWN = 5  # contradicted labels
_MOST_METRICS = 6
_HOW = {
    "classes": ", each with its share of every class",
    "label quantiles": ", each with its share of low and high labels",
}


def show(result: CrossValidation, console: Console) -> None:
    """Shows the result of a K-fold."""
    times = "" if result.repeats == 1 else f", {result.repeats} times"
    console.print(
        f"\n{result.dataset}, {result.folds} folds of {result.rows} examples{times}", highlight=False, style="bold"
    )
    _line(console, f"those of the train and the eval split{_HOW.get(result.strata, '')}; {_together(result)}")
    _line(console, f"the {result.held_out} examples of the test split were not touched")
    if result.limit:
        _line(console, f"of at most {result.limit} rows (--limit)")
    for note in result.notes:
        _line(console, note)
    console.print(_table(result))
    _line(console, _verdict(result))
    if result.contradicted:
        _line(console, _contradicted(result.contradicted))
    for what, path in (("figure:     ", result.figure), ("predictions:", result.predictions)):
        _line(console, f"{what} {path}")
    _line(console, f"time:        {result.seconds['total']:.1f} s")


def _line(console: Console, text: str) -> None:
    console.print(text, highlight=False, markup=False, soft_wrap=True)


def _contradicted(found: tuple[Contradicted, ...]) -> str:
    shown = [f"{one.source_row} ({_value(one.answer)}, not {_value(one.label)})" for one in found[:_SHOWN]]
    more = f" and {len(found) - _SHOWN} more" if len(found) > _SHOWN else ""
    return f"labels that may be wrong, by row of the source (answer, not label): {', '.join(shown)}{more}"


def _value(value: str | float) -> str:
    return value if isinstance(value, str) else f"{value:.4g}"


def _together(result: CrossValidation) -> str:
    if result.time:
        return f"in the order of {result.time}"
    return f"rows of equal {', '.join(result.key)} in one fold" if result.key else "equal rows in one fold"


def _table(result: CrossValidation) -> Table:
    # Of several tasks there are more metrics than a terminal has room for: the primary one of each.
    every = list(result.metrics)
    shown = every if len(every) <= _MOST_METRICS else [name for name in every if name in result.results[0].naive]
    more = None if shown == every else "the other metrics: --json"
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, caption=more, caption_justify="left")
    table.add_column(" fold")
    for column in ("rows", *shown, f"naive {result.primary}", "best epoch"):
        table.add_column(Text(column), justify="right")
    for one in result.results:
        metrics = (metric_text(one.metrics[name]) for name in shown)
        name = str(one.fold) if result.repeats == 1 else f"{one.repeat}.{one.fold}"
        naive = metric_text(one.naive[result.primary])
        table.add_row(f" {name}", str(one.rows["test"]), *metrics, naive, _epochs(one.best_epochs))
    table.add_section()
    columns = [*(result.metrics[name] for name in shown), result.naive]
    for what, cells in (
        ("mean", [found.mean.value for found in columns]),
        ("deviation", [found.deviation for found in columns]),
        ("95% from", [found.mean.low for found in columns]),
        ("      to", [found.mean.high for found in columns]),
    ):
        table.add_row(f" {what}", "", *map(metric_text, cells), "")
    return table


def _epochs(best: tuple[int, ...]) -> str:
    return str(best[0]) if len(set(best)) == 1 else f"{min(best)}-{max(best)}"


def _from_to(found: Interval) -> str:
    return "-" if found.low is None else f"{metric_text(found.low)} to {metric_text(found.high)}"


def _verdict(result: CrossValidation) -> str:
    better = result.better.mean
    if better.value is None or better.low is None:
        return f"{result.primary} has no value in enough folds to compare it with the naive baseline"
    sure = "better" if better.low > 0 else "not surely better"
    return (
        f"{result.primary} is {sure} than the naive baseline's: by {better.value:.4f} in the mean, "
        f"95% interval {_from_to(better)}"
    )
