"""`slipway loadtest`: a running server under a fixed schedule of requests."""

import json

import typer

from cli.options import Debug, Json, Name
from cli.settings_options import given


def loadtest(context: typer.Context, name: Name, as_json: Json = False, debug: Debug = False) -> None:
    """Send a model's test rows to a running server on a fixed schedule, and measure its answers."""
    from rich.console import Console

    from cli import loadtest_display
    from registry import pushed
    from schemas.home import Home
    from schemas.model_card import ModelCard
    from serving.load_test import command
    from serving.load_test.settings import Options

    home = Home.from_environment()
    card = ModelCard.read(pushed.find(home.models(name), name))
    with loadtest_display.Display() as display:
        result = command.run(card, given(context, Options), home.reports(name), display.watch)
    print(json.dumps(result)) if as_json else loadtest_display.show_result(result, Console())
