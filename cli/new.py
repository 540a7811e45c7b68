"""`slipway new`: the page of one's own data."""

import dataclasses
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cli.options import Debug

if TYPE_CHECKING:
    from components.data.inference.drafts import Draft


def new(
    file: Annotated[
        str,
        typer.Argument(
            help="A CSV, Parquet or JSON Lines file, an SQLite database, a folder or 'pattern*' of such, a folder or zip "
            "with a folder of pictures for each class, a folder or tar with a folder of texts for each class; or an address "
            "of a file.",
        ),
    ],
    label: Annotated[
        str | None, typer.Option(metavar="COLUMN", help="The column that is predicted; otherwise one is chosen.")
    ] = None,
    table: Annotated[
        str | None, typer.Option(metavar="TABLE", help="Of a database: the table or view; otherwise the only one.")
    ] = None,
    name: Annotated[str | None, typer.Option(help="Of the dataset; otherwise it is the file's.")] = None,
    into: Annotated[Path, typer.Option(metavar="FOLDER", help="The folder of pages to write into.")] = Path(
        "pipelines"
    ),
    draft: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Take this edited draft of the file, as --json printed it.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the draft as JSON, and write nothing.")] = False,
    debug: Debug = False,
) -> None:
    """Write a page for your own data: column types, label and task are inferred, and what was assumed is said.

    The page is an ordinary one, to be read and changed; the file is copied (a folder is linked) into $SLIPWAY_DATA/NAME/.
    A page or a file that is there is never overwritten.
    """
    from cli import console
    from pipelines.page import drafting, fetching, own_data
    from schemas import page_folders
    from schemas.home import Home

    with console.showing(), fetching.given(file) as source:
        found = drafting.of_given(source, name, label, table) if draft is None else _edited(draft, name, label)
        if as_json:
            print(json.dumps(found.to_json()))
            return
        written = own_data.write(found, source.path, into, Home.from_environment())
    _show(written.draft)
    cases = f"\ncases:  {written.cases}" if written.cases else ""
    print(f"\npage:   {written.page}\nschema: {written.schema}{cases}\ndata:   {page_folders.shown(written.data)}")
    if setting := own_data.how_to_be_found(into):
        print(f"The page is found once its folder is named:\n       {setting}")
    print(f"next:   slipway run {found.name}")


def _edited(path: Path, name: str | None, label: str | None) -> "Draft":
    from components.data.inference.drafts import Draft
    from pipelines.page import drafting
    from schemas.errors import InputError

    try:
        found = Draft.from_json(json.loads(path.read_text(encoding="utf-8")))
    except OSError as error:
        raise InputError(f"--draft {path}: {error.strerror}") from error
    except ValueError as error:
        raise InputError(f"--draft {path}: {error}; use what slipway new FILE --json printed") from error
    if label is not None:
        found = drafting.relabelled(found, label)
    return drafting.finished(dataclasses.replace(found, name=name) if name is not None else found)


def _show(draft: "Draft") -> None:
    print(f"{draft.name}: {draft.rows:,} rows of {draft.file}; {draft.task} of {draft.label!r}")
    for column in draft.columns:
        if column.name != draft.label:
            print(f"  {column.name:<24.24} {column.kind:<9} {column.why}")
    print("\nAssumed; correct the page where it is wrong, or remove it and give --label, --name or an edited --draft:")
    for sentence in draft.assumed:
        print(f"  - {sentence}")
    for problem in draft.problems:
        print(f"slipway: note: {problem.field}: {problem.message}", file=sys.stderr)
