"""`slipway serve`: the model server."""

import os
from pathlib import Path
from typing import Annotated

import typer

from cli.options import Debug
from cli.settings_options import given


def serve(
    context: typer.Context,
    models: Annotated[
        Path | None, typer.Option(help="The folder whose subfolders are the models; $SLIPWAY_HOME/models without it.")
    ] = None,
    debug: Debug = False,
) -> None:
    """Serve pushed models by TensorFlow Serving's gRPC and REST: its local stand-in."""
    from schemas.home import Home
    from schemas.quiet import output_to
    from serving.model_server.settings import Options, check

    options = given(context, Options, models=(models or Home.from_environment().root / "models").absolute())
    check(options)
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "1")  # no line for each step of loading a model
    with output_to(Path(os.devnull)):  # what TensorFlow prints while it loads
        from serving.model_server import server, session

        device = session.prepare()
    server.serve(options, device)
