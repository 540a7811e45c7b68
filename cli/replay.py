"""`slipway replay`: what a version would have answered to what the gateway was asked."""

import json
import os
from pathlib import Path
from typing import Annotated

import typer

from cli.options import Debug, Json


def replay(
    model: Annotated[
        str,
        typer.Argument(metavar="NAME[@VERSION]", help="A pushed model, with a version or a label; the newest without."),
    ],
    log: Annotated[str, typer.Option(metavar="FILE", help="The --request-log of `slipway gateway`.")],
    xlsx: Annotated[
        str | None, typer.Option(metavar="FILE", help="Write every line with both answers into this workbook, too.")
    ] = None,
    as_json: Json = False,
    debug: Debug = False,
) -> None:
    """Answer the inputs of the gateway's log with another version, and show where it answers differently."""
    from cli import console, replay_display
    from registry.remotes import selection
    from reports.workbook import replaying
    from schemas.home import Home
    from schemas.quiet import output_to

    name, version = selection.here(model)
    # What TensorFlow prints while it loads is no part of the answer.
    with console.showing(), output_to(Path(os.devnull)):
        models = Home.from_environment().models(name)
        found = replaying.replayed(models, name, version, log, Path(xlsx) if xlsx else None)
    if as_json:
        print(json.dumps(found.to_json(), ensure_ascii=False))
    else:
        replay_display.show(found)
