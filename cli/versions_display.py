"""What `slipway versions` shows: a table with a line for each entry, and the reasons of refusals and decisions below it."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from cli.tables import for_tables, metric_text
from registry.decisions import FORCED
from registry.standing import Standing
from registry.version_map import Entry


@dataclass(frozen=True)
class _Column:
    """A column of the table.

    Attributes:
      text: of an entry; a column that is empty throughout is left out.
      weight: where the terminal is too narrow for all columns, those of the smallest weight are left out first.
    """

    header: str
    text: Callable[[Standing], Text]
    weight: int
    right: bool = False


def show(name: str, found: list[Standing]) -> None:
    """Prints the table, the newest entry last."""
    console = for_tables()
    if not found:
        console.print(f"no model of {name} has been trained yet; run: slipway run {name}", highlight=False)
        return
    console.print(_fitting(found, console))
    for line in (line for one in found for line in _reasons(one.entry)):
        console.print(line, highlight=False, markup=False, soft_wrap=True)


def _fitting(found: list[Standing], console: Console) -> Table:
    columns = [column for column in _columns(found) if any(column.text(one).plain for one in found)]
    unbounded = console.options.update(width=10_000)
    while (
        console.measure(table := _table(columns, found), options=unbounded).maximum > console.width and len(columns) > 1
    ):
        columns.remove(min(columns, key=lambda column: column.weight))
    return table


def _table(columns: list[_Column], found: list[Standing]) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, padding=(0, 1))
    for column in columns:
        table.add_column(Text(column.header), no_wrap=True, justify="right" if column.right else "left")
    for one in found:
        table.add_row(*(column.text(one) for column in columns))
    return table


def _columns(found: list[Standing]) -> list[_Column]:
    primary = next((one.primary for one in reversed(found) if one.primary), "metric")
    return [
        _Column("version", lambda one: Text(one.entry.version or "-", "bold"), 9),
        _Column("when (UTC)", lambda one: Text((one.entry.at or "")[:16].replace("T", " ")), 5),
        _Column("verdict", lambda one: _verdict(one.entry), 8),
        _Column(primary, lambda one: _value(one, primary), 7, right=True),
        _Column("95%", _interval, 3),
        _Column("rows", lambda one: Text(str(sum(one.entry.data["rows"].values()))), 1, right=True),
        _Column("cases", lambda one: _cases(one.entry), 2, right=True),
        _Column("contracts", lambda one: _contracts(one.entry), 4, right=True),
        _Column("serving version", _folder, 6),
        _Column("served as", lambda one: Text(", ".join((*("newest",) * one.newest, *one.labels)), "green"), 8),
    ]


def _verdict(entry: Entry) -> Text:
    if entry.decision is None:
        return Text("blessed", "green") if entry.blessed else Text("refused", "red")
    return Text("forced" if entry.decision["kind"] == FORCED else entry.decision["kind"], "yellow")


def _value(one: Standing, primary: str) -> Text:
    # A page whose task was changed has entries with another metric.
    name = "" if one.primary in (None, primary) else f" {one.primary}"
    return Text(metric_text(one.entry.metrics.get(one.primary or "")) + name)


def _interval(one: Standing) -> Text:
    found = one.entry.intervals.get(one.primary or "")
    if found is None or found.low is None or found.high is None:
        return Text("")
    return Text(f"{metric_text(found.low)} to {metric_text(found.high)}", "dim")


def _cases(entry: Entry) -> Text:
    return Text(f"{entry.cases.passed}/{entry.cases.count}" if entry.cases and entry.cases.count else "")


def _contracts(entry: Entry) -> Text:
    kept = [check.passed for check in entry.checks if check.kind == "contract"]
    return Text(f"{sum(kept)}/{len(kept)}" if kept else "", "" if all(kept) else "red")


def _folder(one: Standing) -> Text:
    if one.entry.serving_version is None:
        return Text("")
    gone = "" if one.there else " removed" if one.entry.removed else " gone"
    return Text(f"{one.entry.serving_version}{gone}", "" if one.there else "dim")


def _reasons(entry: Entry) -> Iterator[Text]:
    """Why an entry is not what a run alone made: the checks that failed, and who decided what."""
    decision = entry.decision
    if decision is None and entry.blessed:
        return
    missed = [check for check in entry.checks if not check.passed]
    if decision is None:
        what, why = f"refused: run {entry.run_id}", ""
    else:
        what, why = f"{entry.version}: {decision['kind']} by {decision['by']}", decision["why"]
    if decision is not None and decision["kind"] != FORCED:
        what, missed = f"{what}, in place of {decision['replaced']}", []
    yield Text.assemble((f" {what}", "bold"), f": {why}" if why else "")
    for check in missed:
        yield Text(f"   {check.metric} {metric_text(check.value)} missed {check.kind} {check.bound:.4f}", "dim")
