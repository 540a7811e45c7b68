"""`slipway run`: a dataset through its whole pipeline."""

import json
import shutil
import sys
from pathlib import Path
from typing import Annotated

import typer

from cli.options import Debug, Json, Name
from schemas.exit_codes import ExitCode


def run(
    name: Name,
    settings: Annotated[
        list[str] | None, typer.Option("--set", metavar="KEY=VALUE", help="Change a model or training parameter.")
    ] = None,
    include: Annotated[
        list[str] | None, typer.Option(metavar="COLUMN", help="Take in a feature that the page leaves out by default.")
    ] = None,
    limit: Annotated[int, typer.Option(min=0, help="Take only the first N examples; 0 for all.")] = 0,
    span: Annotated[int, typer.Option(min=0, help="Read the data's span N from its folder span-N; 0 for its own.")] = 0,
    no_cache: Annotated[bool, typer.Option("--no-cache", help="Run every step, whatever was done before.")] = False,
    accept_drift: Annotated[
        bool, typer.Option("--accept-drift", help="Train on data that differs from that of the last pushed model.")
    ] = False,
    beam: Annotated[
        str, typer.Option(envvar="SLIPWAY_BEAM", help="Where Beam's work is done: local, flink, spark or dataflow.")
    ] = "local",
    flink_master: Annotated[
        str,
        typer.Option(
            metavar="HOST:PORT", envvar="SLIPWAY_FLINK_MASTER", help="With --beam flink: Flink's REST address."
        ),
    ] = "",
    beam_arg: Annotated[
        list[str] | None, typer.Option(metavar="--KEY=VALUE", help="An argument of Beam's own; may be repeated.")
    ] = None,
    as_json: Json = False,
    debug: Debug = False,
) -> None:
    """Take a dataset through its whole pipeline, from raw data to a pushed model."""
    from rich.console import Console

    from cli import console
    from pipelines.beam import runners
    from pipelines.execution import run as pipeline_run
    from pipelines.page import catalog
    from pipelines.page.resolution import with_included, with_settings
    from schemas.home import Home

    pipeline = with_settings(with_included(catalog.load(name), include or []), settings or [])
    beam_args = runners.arguments(beam, flink_master, (*runners.extra_from_environment(), *(beam_arg or [])))
    home = Home.from_environment()
    request = pipeline_run.Request(pipeline, home, limit, not no_cache, accept_drift, span=span, beam_args=beam_args)
    with console.showing():
        result = pipeline_run.run(request)
    if as_json:
        print(json.dumps(result))
    else:
        console.show_result(result, Console(), _program())
    if not result["blessed"]:
        raise typer.Exit(ExitCode.NOT_BLESSED)


def _program() -> str:
    """How this program was called, for commands that are shown to be typed next."""
    name = Path(sys.argv[0]).name
    found = shutil.which(name)
    return name if found and Path(found).samefile(sys.argv[0]) else sys.argv[0]
