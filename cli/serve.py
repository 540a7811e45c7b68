"""`slipway serve`: the options of the model server."""

import os
from pathlib import Path
from typing import Annotated

import typer

from cli.options import Debug


def serve(
    models: Annotated[
        Path | None, typer.Option(help="The folder whose subfolders are the models; $SLIPWAY_HOME/models without it.")
    ] = None,
    host: Annotated[
        str, typer.Option(help="The address to listen on; 0.0.0.0 for all of this machine's.")
    ] = "127.0.0.1",
    grpc_port: Annotated[int, typer.Option(min=0, max=65535, help="The port for gRPC; 0 for any free one.")] = 8500,
    rest_port: Annotated[
        int, typer.Option(min=-1, max=65535, help="The port for REST; 0 for any free one, -1 for none.")
    ] = 8501,
    versions: Annotated[
        str, typer.Option(help="The versions of each model to load: latest, latest:N, all, or integers with commas.")
    ] = "latest",
    model_config_file: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="A ModelServerConfig of TensorFlow Serving, instead of --models."),
    ] = None,
    max_batch_size: Annotated[int, typer.Option(min=1, help="The most rows of a batch; 1 turns batching off.")] = 128,
    batch_delay_ms: Annotated[float, typer.Option(min=0, help="How long a batch waits for more rows.")] = 0.0,
    batch_threads: Annotated[int, typer.Option(min=1, help="How many batches of a model run at once.")] = 1,
    max_in_progress: Annotated[int, typer.Option(min=1, help="Requests beyond this are refused at once.")] = 128,
    poll_seconds: Annotated[float, typer.Option(min=0.05, help="How often the folders are looked into.")] = 1.0,
    rest_timeout_ms: Annotated[int, typer.Option(min=1, help="How long a REST request may run.")] = 30000,
    drain_seconds: Annotated[float, typer.Option(min=0, help="How long requests may end after SIGTERM.")] = 30.0,
    warm_up: Annotated[bool, typer.Option(help="Replay the warm-up requests that travel with a model.")] = True,
    allow_early_labels: Annotated[
        bool, typer.Option("--allow-early-labels", help="A new label may point to a version that is not loaded.")
    ] = False,
    cors: Annotated[bool, typer.Option("--cors", help="Let web pages of other origins read REST answers.")] = False,
    debug: Debug = False,
) -> None:
    """Serve pushed models by TensorFlow Serving's gRPC and REST: its local stand-in."""
    from schemas.home import Home
    from schemas.quiet import output_to
    from serving.model_server.settings import Options, check

    options = Options(
        models=(models or Home.from_environment().root / "models").absolute(),
        host=host,
        grpc_port=grpc_port,
        rest_port=rest_port,
        model_config_file=model_config_file,
        versions=versions,
        max_batch_size=max_batch_size,
        batch_delay=batch_delay_ms / 1000,
        batch_threads=batch_threads,
        max_in_progress=max_in_progress,
        poll_seconds=poll_seconds,
        rest_timeout=rest_timeout_ms / 1000,
        drain_seconds=drain_seconds,
        warm_up=warm_up,
        labels_may_be_early=allow_early_labels,
        cors=cors,
    )
    check(options)
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "1")  # no line for each step of loading a model
    with output_to(Path(os.devnull)):  # what TensorFlow prints while it loads
        from serving.model_server import server, session

        device = session.prepare()
    server.serve(options, device)
