"""`slipway tune`: better settings by Keras Tuner."""

import json
from typing import Annotated

import typer

from cli.experiment import announced, request_of
from cli.options import AcceptDrift, Debug, Events, Graph, Include, Json, Limit, Name, NoCache, Settings, Span, Window


def tune(
    name: Name,
    budget: Annotated[int, typer.Option(min=1, help="How many trials are made besides the page's own settings.")] = 20,
    only: Annotated[
        str,
        typer.Option(
            metavar="KEY,KEY", help="Which settings are tuned, with commas between; without it, the usual ones."
        ),
    ] = "",
    graph: Graph = None,
    settings: Settings = None,
    include: Include = None,
    limit: Limit = 0,
    span: Span = 0,
    window: Window = 1,
    no_cache: NoCache = False,
    accept_drift: AcceptDrift = False,
    as_json: Json = False,
    as_events: Events = False,
    debug: Debug = False,
) -> None:
    """Search the ranges of the settings for the lowest eval loss; `slipway run NAME --tuned` takes what was found."""
    from cli import event_lines, search_display
    from cli.tables import for_tables
    from pipelines.experiments import tune as experiment

    keys = [key.strip() for key in only.split(",") if key.strip()]
    with event_lines.showing("tune", as_json, as_events):
        request = request_of(name, settings, include, limit, span, window, no_cache, accept_drift, graph)
        result = announced(name, lambda: experiment.run(request, budget, keys, settings or []))
    if as_json:
        print(json.dumps(result.to_json()))
    elif not as_events:
        search_display.show(result, for_tables(), graph)
