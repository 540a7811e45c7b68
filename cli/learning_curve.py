"""`slipway learning-curve`: whether more examples would help."""

import json
from typing import Annotated

import typer

from cli.experiment import announced, request_of
from cli.options import AcceptDrift, Debug, Events, Graph, Include, Json, Limit, Name, NoCache, Settings, Span
from pipelines.experiments.curve_plan import DEFAULT


def learning_curve(
    name: Name,
    sizes: Annotated[
        str, typer.Option(metavar="SHARES", help="Parts of the train split that are learned from; the whole is always.")
    ] = DEFAULT,
    graph: Graph = None,
    settings: Settings = None,
    include: Include = None,
    limit: Limit = 0,
    span: Span = 0,
    no_cache: NoCache = False,
    accept_drift: AcceptDrift = False,
    as_json: Json = False,
    as_events: Events = False,
    debug: Debug = False,
) -> None:
    """Train on parts of the train split, and tell whether more examples would help; the test split stays untouched."""
    from rich.console import Console

    from cli import event_lines, learning_curve_display
    from pipelines.experiments import learning_curve as experiment
    from pipelines.experiments.curve_plan import Plan

    plan = Plan.of_text(sizes)
    with event_lines.showing("learning-curve", as_json, as_events):
        request = request_of(name, settings, include, limit, span, 1, no_cache, accept_drift, graph)
        result = announced(name, lambda: experiment.run(request, plan, settings or []))
    if as_json:
        print(json.dumps(result.to_json()))
    elif not as_events:
        learning_curve_display.show(result, Console(), graph)
