"""The display of ``slipway replay``: how many answers agree, which flip, and the first of them."""

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from prediction.replay_summary import ByTask, Disagreement, Replay
from reports.case_words import answered

_SHOWN = 10
_INPUT_WIDTH = 70


def show(found: Replay) -> None:
    """Prints the counts, the most frequent flips, and the first disagreements."""
    console = Console()
    console.print(
        f"{found.dataset} {found.version}: {found.lines:,} lines of {found.source} in {found.seconds:.1f} s",
        highlight=False, markup=False, soft_wrap=True,
    )  # fmt: skip
    console.print(_versions(found))
    _show_changes(found, console)
    for task in found.by_task:
        console.print(Text(f"{task.label}: {task.agreeing:,} of {found.answered:,} the same", "bold"))
        _show_changes(task, console)
    if found.disagreements:
        console.print(_disagreements(found.disagreements[:_SHOWN]))
    for one in found.unanswered[:1]:
        count = found.lines - found.answered
        console.print(
            Text(f"{count:,} without an answer, the first in line {one.line}: {one.error}", "red"), soft_wrap=True
        )
    for note in found.notes:
        console.print(note, style="dim", highlight=False, markup=False, soft_wrap=True)
    if found.file:
        console.print(f"written to {found.file}", highlight=False, markup=False, soft_wrap=True)


def _show_changes(found: Replay | ByTask, console: Console) -> None:
    if found.mean_difference is not None:
        text = f"difference of the values: mean {found.mean_difference:.4g}, largest {found.largest_difference:.4g}"
        console.print(text, highlight=False)
    flips = [flip for flip in found.flips if flip.logged != flip.answered]
    for flip in flips[:_SHOWN]:
        # A class that came or went, where an answer is any number of them, has "" on one side.
        logged, answer = (name or "without" for name in (flip.logged, flip.answered))
        console.print(Text(f"   {flip.count:>7,}  {logged} → {answer}"))


def _versions(found: Replay) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for name in ("answered by", "lines", "same answer", "agreement"):
        table.add_column(name, justify="left" if name == "answered by" else "right")
    for one in found.by_version:
        table.add_row(one.version, f"{one.lines:,}", f"{one.agreeing:,}", f"{one.agreeing / one.lines:.1%}")
    if len(found.by_version) > 1:
        table.add_row("all", f"{found.lines:,}", f"{found.agreeing:,}", f"{found.agreeing / found.lines:.1%}")
    return table


def _disagreements(found: tuple[Disagreement, ...]) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for name in ("line", "logged", "now", "input"):
        table.add_column(name, justify="right" if name == "line" else "left", overflow="fold")
    for one in found:
        now = answered(one.answer) if one.answer is not None else ""
        table.add_row(*map(Text, (str(one.line), answered(one.logged), now, _input(one))))
    return table


def _input(one: Disagreement) -> str:
    texts = [
        f"{name} {'(picture)' if isinstance(value, dict) else value}"
        for name, value in one.input.items()
        if value not in (None, "")
    ]
    text = ", ".join(texts)
    return text if len(text) <= _INPUT_WIDTH else f"{text[: _INPUT_WIDTH - 1]}…"
