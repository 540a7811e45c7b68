"""The display of ``slipway drift``: a table of the columns, the answers, and the verdict."""

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from analysis.drift import INFINITY, AnswerDrift, ColumnDrift, Drift

_SHOWN_CLASSES = 5
_SHORT = {INFINITY: "L-inf", "": ""}


def show(found: Drift) -> None:
    """Prints the columns by falling distance in parts of their bound, the answers, what breaks the schema, and the verdict."""
    console = Console()
    rows = f"{found.rows:,} new rows of {found.source} against {found.trained_rows:,} of the train split"
    console.print(f"{found.dataset} {found.version}: {rows}", highlight=False, markup=False, soft_wrap=True)
    console.print(_table(found.columns))
    for which, answers in _answers(found).items():
        _show_answers(which, answers, console)
    for text in (*found.anomalies, *found.notes):
        console.print(f" - {text}", highlight=False, markup=False, soft_wrap=True)
    if not found.judged:
        return
    over = [one.column for one in found.columns if one.over]
    over += [f"the {which}" for which, answers in _answers(found).items() if answers.over]
    if found.anomalies:
        over.append("the schema")
    if over:
        line = Text.assemble("\n", ("drifted", "bold red"), f": over the bounds: {', '.join(over)}")
        console.print(line, highlight=False, soft_wrap=True)
    else:
        console.print("\n[bold green]no drift[/]: everything is within its bounds", highlight=False)


def _answers(found: Drift) -> dict[str, AnswerDrift]:
    """The answers by what they are called; of several tasks those of each."""
    if found.tasks:
        return {f"answers of {label}": answers for label, answers in found.tasks.items()}
    return {} if found.answers is None else {"answers": found.answers}


def _table(columns: tuple[ColumnDrift, ...]) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for name, justify in (("column", "left"), ("distance", "right"), ("bound", "right"), ("missing", "right")):
        table.add_column(name, justify=justify, no_wrap=True)  # type: ignore[arg-type]
    table.add_column("what changed most", overflow="fold")
    for one in columns:
        distance = "" if one.distance is None else f"{one.distance:.3f} {_SHORT.get(one.measure, 'JS')}"
        bound = "" if one.bound is None else f"{one.bound:g}"
        missing = f"{one.missing_before:.1%} → {one.missing:.1%}" if one.missing or one.missing_before else ""
        style = "red" if one.over else "" if one.bound is not None else "dim"
        table.add_row(*(Text(cell, style) for cell in (one.column, distance, bound, missing, one.change)))
    return table


def _show_answers(which: str, answers: AnswerDrift, console: Console) -> None:
    chance = "" if answers.p_value is None else f", by chance {answers.p_value:.2g}"
    style = "red" if answers.over else ""
    line = f"{which}: {answers.distance:.3f} {_SHORT.get(answers.measure, 'JS')}, bound {answers.bound:g}{chance}"
    console.print(Text(line, style))
    changed = sorted(answers.shares, key=lambda name: -abs(answers.shares[name] - answers.shares_before.get(name, 0.0)))
    for name in changed[:_SHOWN_CLASSES]:
        console.print(Text(f"   {name} {answers.shares_before.get(name, 0.0):.1%} → {answers.shares[name]:.1%}"))
    what = "value" if not answers.shares else "classes of an answer" if answers.confidence is None else "confidence"
    console.print(Text(f"   mean {what} {answers.mean_before:.4g} → {answers.mean:.4g}"))
