"""The display of ``slipway predict``: an answer; of a file how far it is, and where the answers went."""

import contextlib
import os
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, TextIO

from schemas.model_card import Identity
from schemas.records import AnswerJson, is_several

if TYPE_CHECKING:  # Arrow takes a tenth of a second to load, and one input needs none of it
    from prediction.files.batch import Summary
    from prediction.local_model import IdentifiedAnswer

_SHOWN_CLASSES = 5


def answer_text(answer: "IdentifiedAnswer") -> str:
    """An answer as ``prediction.local_model.LocalModel.answer`` gives it; of its classes the most probable ones."""
    output = answer["output"]
    parts: Mapping[str, Any] = output
    # Of several labels a block each.
    lines = [line for label, part in parts.items() for line in (label, *_indented(part))] if is_several(output) else []
    return "\n".join([*(lines or _lines(output)), f"model:      {_model(answer)}"])


def _indented(output: AnswerJson) -> list[str]:
    return [f"  {line}" for line in _lines(output)]


def _lines(output: AnswerJson) -> list[str]:
    if "values" in output:
        return [f"values:     {' '.join(f'{value:.6g}' for value in output['values'])}"]
    if "value" in output:
        return [f"value:      {output['value']:.6g}", *_interval(output)]
    ranked = sorted(output["probabilities"].items(), key=lambda item: -item[1])[:_SHOWN_CLASSES]
    others = ", ".join(f"{name} {p:.1%}" for name, p in ranked)
    if "classes" in output:
        return [f"classes:    {', '.join(output['classes']) or 'none'}   ({others})"]
    return [f"class:      {output['class']}", f"confidence: {output['confidence']:.1%}   ({others})"]


def _interval(output: AnswerJson) -> list[str]:
    if "interval" not in output:
        return []
    low, high, share = (output["interval"][name] for name in ("low", "high", "share"))
    return [f"interval:   {low:.6g} to {high:.6g}   ({share:.4g} of the labels lie in theirs)"]


def file_text(summary: "Summary", where: str) -> str:
    """A summary as ``prediction.files.batch.run`` gives it; ``where`` names what the rate includes, or the server."""
    rate = summary["rows"] / summary["seconds"]
    rows = f"{summary['rows']:,} in {summary['seconds']:.1f} s ({rate:,.0f} rows/s, {where})"
    return f"rows:       {rows}\nwritten to: {summary['out']}\nmodel:      {_model(summary)}"


def _model(identity: Identity) -> str:
    return f"{identity['model']} {identity['version']} ({identity['serving_version']})"


@contextlib.contextmanager
def progress(stream: TextIO, total: int | None) -> Iterator[Callable[[int], None]]:
    """How far a batch prediction is, on a terminal; elsewhere nothing is shown.

    Yields a function that takes the number of rows that were just done.

    Args:
      stream: where it is shown.
      total: all rows, where that is known.
    """
    if not os.isatty(stream.fileno()):
        yield lambda rows: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, ProgressColumn, SpinnerColumn, Task, TextColumn
    from rich.text import Text

    class Done(ProgressColumn):
        def render(self, task: Task) -> Text:
            if not task.completed:
                return Text("loading the model", style="dim")
            return Text(f"{task.completed:,.0f} rows, {task.speed or 0:,.0f} rows/s")

    bar = () if total is None else (BarColumn(), TextColumn("{task.percentage:.0f}%"))
    # stderr and stdout are the libraries' log while the model runs: rich must write to this stream and redirect nothing.
    console = Console(file=stream, force_terminal=True)
    with Progress(
        SpinnerColumn("dots", style="yellow"), *bar, Done(),
        console=console, transient=True, redirect_stdout=False, redirect_stderr=False, speed_estimate_period=5,
    ) as shown:  # fmt: skip
        task = shown.add_task("", total=total)
        yield lambda rows: shown.advance(task, rows)
