"""`slipway loadtest`: the options."""

import json
from pathlib import Path
from typing import Annotated

import typer

from cli.options import Debug, Json, Name


def loadtest(
    name: Name,
    rate: Annotated[float, typer.Option(help="Requests a second; of a sweep the first rate.")] = 100.0,
    duration: Annotated[float, typer.Option(metavar="SECONDS", help="How long each rate is held, at most 60.")] = 10.0,
    url: Annotated[
        str, typer.Option(help="The gateway (http://host:port) or the model server (grpc://host:port).")
    ] = "http://127.0.0.1:8080",
    sweep: Annotated[
        bool, typer.Option("--sweep", help="Search the knee: the highest rate that is sustained.")
    ] = False,
    batch: Annotated[int, typer.Option(min=1, max=100_000, help="Rows of one request.")] = 1,
    limit: Annotated[
        int, typer.Option(min=1, metavar="ROWS", help="Send only the first rows of the test split.")
    ] = 1000,
    max_requests: Annotated[int, typer.Option(min=1, help="Send no more than this in all.")] = 200_000,
    in_flight: Annotated[int, typer.Option(min=1, max=60_000, help="The most requests under way.")] = 1024,
    timeout: Annotated[float, typer.Option(metavar="SECONDS", help="Give a request up after this time.")] = 5.0,
    p99: Annotated[float, typer.Option(metavar="MS", help="A rate whose p99 is above this is not sustained.")] = 100.0,
    out: Annotated[
        str | None, typer.Option(metavar="FOLDER", help="Write the report there, not to $SLIPWAY_HOME.")
    ] = None,
    api_key: Annotated[str | None, typer.Option(envvar="SLIPWAY_API_KEY", help="The gateway's API key.")] = None,
    allow_remote: Annotated[bool, typer.Option("--allow-remote", help="Test another machine than this one.")] = False,
    as_json: Json = False,
    debug: Debug = False,
) -> None:
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
    folder = Path(out) if out else None
    asked = Options(
        rate, duration, url, sweep, batch, limit, max_requests, in_flight, timeout, p99, allow_remote, api_key, folder
    )
    with loadtest_display.Display() as display:
        result = command.run(card, asked, home.reports(name), display.watch)
    print(json.dumps(result)) if as_json else loadtest_display.show_result(result, Console())
