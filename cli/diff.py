"""`slipway diff`: what changed from one version to another."""

import json
from typing import Annotated

import typer

from cli.options import Debug, Json, Name

_SHOWN = 10  # examples of each kind in a terminal; all are counted, and --json names more


def diff(
    name: Name,
    versions: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[V1 [V2]]",
            help="Versions, labels, or runs that were refused; V1 alone against the newest version; the last two without any.",
        ),
    ] = None,
    as_json: Json = False,
    debug: Debug = False,
) -> None:
    """Show what changed between two versions: features, parameters, data, metrics, and which examples changed sides."""
    from analysis.comparison import COUNT
    from cli.registry import registry_of
    from reports import version_difference
    from schemas.home import Home

    home = Home.from_environment()
    registry_of(home, name)  # an unknown dataset is answered with the names that there are
    sources = version_difference.find(home, name, versions or [])
    found = version_difference.make(name, sources, COUNT if as_json else _SHOWN)
    if as_json:
        print(json.dumps(found.to_json()))
    else:
        from cli import diff_display

        diff_display.show(found, sources)
