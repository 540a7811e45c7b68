"""``slipway metadata``: the metadata store itself."""

import sys

import typer

from cli.options import Debug

metadata_app = typer.Typer(help="Look after the metadata store.", rich_markup_mode=None)


# Without a callback typer would make the only command the app's own, and "init" an argument of it.
@metadata_app.callback()
def metadata() -> None:
    """Look after the metadata store."""


@metadata_app.command()
def init(debug: Debug = False) -> None:
    """Make the metadata store's tables, once, before anything else connects; where they are there, nothing is changed."""
    from pipelines.execution import metadata_store
    from schemas import events
    from schemas.home import Home

    home = Home.from_environment()
    store = metadata_store.from_environment(home)
    if store.server is None:
        home.root.mkdir(parents=True, exist_ok=True)
    with events.listening(lambda event: print(event, file=sys.stderr, flush=True)):
        metadata_store.connect(store, first=True)
    print(f"the metadata store {store.name} is ready")
