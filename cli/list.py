"""`slipway list`: the datasets that have a pipeline."""

import json
from typing import Annotated

import typer

from cli.options import Json


def list_command(
    names: Annotated[bool, typer.Option("--names", help="Print the names only, one a line.")] = False,
    as_json: Json = False,
) -> None:
    """List the datasets that have a pipeline."""
    from pipelines.page import catalog

    found = {name: catalog.summary(name) for name in catalog.names()}
    if as_json:
        print(json.dumps({"datasets": [{"name": name, "summary": text} for name, text in found.items()]}))
    else:
        width = max(map(len, found), default=0)
        for name, text in found.items():
            print(name if names else f"{name:<{width}}  {text}")
