"""`slipway kfold`: K-fold cross-validation of a dataset's page."""

import json
from typing import Annotated

import typer

from cli.experiment import announced, request_of
from cli.options import AcceptDrift, Debug, Events, Graph, Include, Json, Limit, Name, NoCache, Settings, Span, Window


def kfold(
    name: Name,
    folds: Annotated[int, typer.Option(min=2, help="Into how many folds the examples are divided.")] = 5,
    repeats: Annotated[int, typer.Option(min=1, help="How often they are divided anew.")] = 1,
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
    """Train a model for each of K folds, judged on the fold that it has not seen; the test split stays untouched."""
    from cli import event_lines, kfold_display
    from cli.tables import for_tables
    from pipelines.experiments import kfold as experiment
    from pipelines.experiments.fold_plan import Plan

    with event_lines.showing("kfold", as_json, as_events):
        request = request_of(name, settings, include, limit, span, window, no_cache, accept_drift, graph)
        result = announced(name, lambda: experiment.run(request, Plan(folds, repeats), settings or []))
    if as_json:
        print(json.dumps(result.to_json()))
    elif not as_events:
        kfold_display.show(result, for_tables())
