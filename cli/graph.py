"""`slipway graph`: the Keras model of a page or of a version as a graph file."""

from pathlib import Path
from typing import Annotated, Any

import typer

from cli.experiment import request_of
from cli.options import AcceptDrift, Debug, Events, Include, Limit, Name, NoCache, Settings, Span, Window
from schemas.errors import InputError


def graph(
    name: Name,
    out: Annotated[
        Path | None, typer.Option("--out", metavar="FILE", help="Write it there; on stdout without this.")
    ] = None,
    version: Annotated[
        str | None,
        typer.Option(metavar="V", help="That of a version, a label or a refused run, instead of the page's model."),
    ] = None,
    settings: Settings = None,
    include: Include = None,
    limit: Limit = 0,
    span: Span = 0,
    window: Window = 1,
    no_cache: NoCache = False,
    accept_drift: AcceptDrift = False,
    as_events: Events = False,
    debug: Debug = False,
) -> None:
    """Write the model of a page as a graph, which the studio draws and `slipway run --graph` trains."""
    from cli import event_lines
    from schemas import events, graphs
    from schemas.files import write_whole

    if as_events and out is None:
        raise InputError("--events without --out: both would write on stdout; name a file with --out")
    if version is not None and (settings or include):
        raise InputError("--version and --set or --include: a version is as it is; leave them out")
    with event_lines.showing("graph", False, as_events):
        events.publish(events.RunStarted(name))
        if version is None:
            from pipelines.experiments.graphs import of_page

            found = of_page(request_of(name, settings, include, limit, span, window, no_cache, accept_drift))
        else:
            found = _of_version(name, version)
        text = graphs.dumps(found, indent=1) + "\n"
        if out is not None:
            write_whole(out, text)
        result = {"dataset": name, "version": version, "layers": len(graphs.layers(found)), "file": out and str(out)}
        events.publish(events.RunFinished(result))
    if out is None:
        print(text, end="")
    elif not as_events:
        print(f"{out}: {result['layers']} layers")


def _of_version(name: str, version: str) -> dict[str, Any]:
    import os

    from pipelines.experiments.graphs import of_version
    from pipelines.page import catalog
    from schemas.home import Home
    from schemas.quiet import output_to

    page = catalog.load(name)
    with output_to(Path(os.devnull)):  # what TensorFlow prints while it loads
        return of_version(Home.from_environment(), page, version)
