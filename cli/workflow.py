"""`slipway workflow`: from a naive baseline to a regularised model, in one command."""

import json

from cli.experiment import announced, request_of
from cli.options import AcceptDrift, Debug, Events, Include, Json, Limit, Name, NoCache, Settings, Span, Window


def workflow(
    name: Name,
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
    """Beat the naive baseline with a small model, scale it up until it overfits, regularise it; print the best settings."""
    from cli import event_lines, search_display
    from cli.tables import for_tables
    from pipelines.experiments import workflow as experiment

    with event_lines.showing("workflow", as_json, as_events):
        request = request_of(name, settings, include, limit, span, window, no_cache, accept_drift)
        result = announced(name, lambda: experiment.run(request, settings or []))
    if as_json:
        print(json.dumps(result.to_json()))
    elif not as_events:
        search_display.show(result, for_tables())
