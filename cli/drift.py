"""`slipway drift`: whether new data is still like that which a model was made with."""

import json
import os
from pathlib import Path
from typing import Annotated

import typer

from cli.options import Debug, Json, Name
from schemas.exit_codes import ExitCode


def drift(
    name: Name,
    file: Annotated[
        str | None,
        typer.Option(metavar="INPUT", help="The new rows: a file or folder, as `slipway predict --file` takes it."),
    ] = None,
    log: Annotated[
        str | None, typer.Option(metavar="FILE", help="The new rows: the --request-log of `slipway gateway`.")
    ] = None,
    version: Annotated[str | None, typer.Option(help="A version of `slipway versions`; the newest without it.")] = None,
    as_json: Json = False,
    debug: Debug = False,
) -> None:
    """Compare new data with a version's training data, and its answers with those to its test split."""
    from cli import console, drift_display
    from schemas import events
    from schemas.home import Home
    from schemas.quiet import output_to

    # What TensorFlow and Beam print while they load and run is no part of the answer.
    with console.showing(), output_to(Path(os.devnull)):
        events.publish(events.Note("loading TensorFlow Data Validation"))
        from components.drift import check

        found = check.run(check.Request(Home.from_environment(), name, version, file, log))
    if as_json:
        print(json.dumps(found.to_json()))
    else:
        drift_display.show(found)
    if found.over:
        raise typer.Exit(ExitCode.DRIFTED)
