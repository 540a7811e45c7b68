"""`slipway report`: all that is known of one version, as a page for people."""

import json
from typing import Annotated

import typer

from cli.options import Debug, Json


def report(
    model: Annotated[
        str,
        typer.Argument(
            metavar="NAME[@VERSION]",
            help="A model, its newest version by default; a version, or the id of a run that was refused.",
        ),
    ],
    open_: Annotated[bool, typer.Option("--open", help="Show it in the browser.")] = False,
    as_json: Json = False,
    debug: Debug = False,
) -> None:
    """Write the report on a model: verdict, findings, data, errors, failures and why, fit, comparison, lineage."""
    from cli.registry import registry_of
    from reports import report as reports
    from schemas.home import Home

    name, _, version = model.partition("@")
    home = Home.from_environment()
    registry_of(home, name)  # an unknown dataset is answered with the names that there are
    file = reports.write(home, name, version or None)
    if open_:
        typer.launch(file.as_uri())
    print(
        json.dumps({"dataset": name, "report": str(file), "figures": str(file.parent / reports.FIGURES)})
        if as_json
        else file
    )
