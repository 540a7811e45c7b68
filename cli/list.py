"""`slipway list`: the datasets that have a pipeline."""

import json
import sys
from typing import Annotated

import typer

from cli.options import Json


def list_command(
    names: Annotated[bool, typer.Option("--names", help="Print the names only, one a line.")] = False,
    as_json: Json = False,
) -> None:
    """List the datasets that have a pipeline: Slipway's own, and those of ./pipelines and $SLIPWAY_PIPELINES."""
    from pipelines.page import catalog
    from schemas import page_folders

    found = catalog.rows()
    if as_json:
        rows = [{"name": row.name, "summary": row.summary, "path": str(row.path)} for row in found]
        print(json.dumps({"datasets": rows}))
    else:
        width = max((len(row.name) for row in found), default=0)
        for row in found:
            folder = f"  ({page_folders.shown(row.path.parent)})" if row.is_outside else ""
            print(row.name if names else f"{row.name:<{width}}  {row.summary}{folder}")
    for note in catalog.notes():
        print(f"slipway: note: {note}", file=sys.stderr)
