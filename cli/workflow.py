"""`slipway workflow`: from a naive baseline to a regularised model, in one command."""

import json

from cli.options import AcceptDrift, Debug, Include, Json, Limit, Name, NoCache, Settings, Span, Window


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
    debug: Debug = False,
) -> None:
    """Beat the naive baseline with a small model, scale it up until it overfits, regularise it; print the best settings."""
    from cli import console, search_display
    from cli.tables import for_tables
    from pipelines.execution.session import Request
    from pipelines.experiments import workflow as experiment
    from pipelines.page import catalog
    from pipelines.page.resolution import with_included, with_settings
    from schemas.home import Home

    with console.showing():
        page = with_settings(with_included(catalog.load(name), include or []), settings or [])
        request = Request(page, Home.from_environment(), limit, not no_cache, accept_drift, span=span, window=window)
        result = experiment.run(request, settings or [])
    if as_json:
        print(json.dumps(result.to_json()))
    else:
        search_display.show(result, for_tables())
