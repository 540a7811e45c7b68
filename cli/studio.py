"""`slipway studio`: the web studio."""

import typer

from cli.options import Debug
from cli.settings_options import given


def studio(context: typer.Context, debug: Debug = False) -> None:
    """Open the studio's web page: draw a Keras graph, train it, look at it, ask it."""
    from schemas.home import Home
    from studio.server import server
    from studio.settings import Settings

    server.run(Home.from_environment(), given(context, Settings))
