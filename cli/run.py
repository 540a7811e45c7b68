"""`slipway run`: a dataset through its whole pipeline."""

import json
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cli.options import AcceptDrift, Debug, Events, Graph, Include, Json, Limit, Name, NoCache, Settings, Span, Window
from schemas.exit_codes import ExitCode

if TYPE_CHECKING:
    from schemas.home import Home


def run(
    name: Name,
    graph: Graph = None,
    settings: Settings = None,
    tuned: Annotated[
        bool,
        typer.Option("--tuned", help="Take the best settings of the last `slipway tune NAME`, before those of --set."),
    ] = False,
    include: Include = None,
    limit: Limit = 0,
    span: Span = 0,
    window: Window = 1,
    no_cache: NoCache = False,
    accept_drift: AcceptDrift = False,
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
    as_events: Events = False,
    debug: Debug = False,
) -> None:
    """Take a dataset through its whole pipeline, from raw data to a pushed model."""
    from rich.console import Console

    from cli import console, event_lines
    from pipelines.beam import runners
    from pipelines.execution import run as pipeline_run
    from pipelines.execution.session import Request
    from pipelines.page import catalog
    from pipelines.page.drawn import with_graph
    from pipelines.page.resolution import with_included, with_settings
    from schemas.home import Home

    with event_lines.showing("run", as_json, as_events):
        home = Home.from_environment()
        pipeline = with_graph(with_included(catalog.load(name), include or []), graph)
        pipeline = with_settings(pipeline, [*(_tuned(home, name) if tuned else ()), *(settings or [])])
        beam_args = runners.arguments(beam, flink_master, (*runners.extra_from_environment(), *(beam_arg or [])))
        request = Request(
            pipeline, home, limit, not no_cache, accept_drift, span=span, window=window, beam_args=beam_args
        )
        result = pipeline_run.run(request)
    if as_json:
        print(json.dumps(result.to_json()))
    elif not as_events:
        console.show_result(result, Console(), _program())
    if not result.blessed:
        raise typer.Exit(ExitCode.NOT_BLESSED)


def _tuned(home: "Home", name: str) -> tuple[str, ...]:
    """The settings that a tuning found, which are shown: nothing of a run is hidden."""
    from pipelines.experiments import tune
    from schemas import events

    file, found = tune.tuned(home, name)
    events.publish(events.Note(f"tuned ({file}): {' '.join(f'--set {text}' for text in found) or 'the page as it is'}"))
    return found


def _program() -> str:
    """How this program was called, for commands that are shown to be typed next."""
    name = Path(sys.argv[0]).name
    found = shutil.which(name)
    return name if found and Path(found).samefile(sys.argv[0]) else sys.argv[0]
