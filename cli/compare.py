"""`slipway compare`: versions of a model side by side in an Excel workbook."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cli.options import Debug, Json, Name

if TYPE_CHECKING:
    from reports.workbook.comparison import Comparison


def compare(
    name: Name,
    versions: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[VERSION ...]", help="Versions of `slipway versions`, or runs; the last two without any."
        ),
    ] = None,
    xlsx: Annotated[
        str | None,
        typer.Option(metavar="FILE", help="The workbook; without it, one in the home's folder reports/NAME."),
    ] = None,
    as_json: Json = False,
    debug: Debug = False,
) -> None:
    """Compare versions of a model in an Excel workbook: metrics, changed answers, every prediction, the cases."""
    from cli import console
    from reports.workbook import comparison
    from schemas.home import Home

    with console.showing():
        home = Home.from_environment()
        found = comparison.make(home, name, versions or [], Path(xlsx) if xlsx else None)
    if as_json:
        print(json.dumps(found.to_json()))
    else:
        show(found)


def show(found: "Comparison") -> None:
    """Prints metrics and changes by version, and where the workbook is."""
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    from cli.tables import metric_text

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column("")
    for version in found.versions:
        table.add_column(version.version, justify="right")
    table.add_row("verdict", *("blessed" if version.blessed else "refused" for version in found.versions))
    table.add_row("examples", *(f"{version.examples:,}" for version in found.versions))
    for name in found.versions[-1].metrics:
        table.add_row(Text(name), *(metric_text(version.metrics.get(name)) for version in found.versions))
    for name in found.versions[-1].changes:
        table.add_row(
            Text(name), *(f"{version.changes[name]:,}" if version.changes else "" for version in found.versions)
        )
    console = Console()
    console.print(table)
    for note in found.notes:
        console.print(note, style="dim", highlight=False, markup=False, soft_wrap=True)
    console.print(f"written to {found.file} in {found.seconds:.1f} s", highlight=False, markup=False, soft_wrap=True)
