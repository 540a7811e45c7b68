"""Runs the studio: uvicorn on the built page and the routes."""

import asyncio
import contextlib
import logging
import os
import secrets
from collections.abc import Iterator
from pathlib import Path

from schemas.errors import InputError
from schemas.home import Home, make_writable
from schemas.lock import only_one
from serving.addresses import is_loopback, url_of
from serving.listening import Server, configured, listening
from studio.server import page
from studio.server.app import application
from studio.server.context import Studio
from studio.settings import Settings

TOKEN = "SLIPWAY_STUDIO_TOKEN"
_LEAST_TOKEN = 16  # characters: one of a person's own choice must not be guessed
_GRACE_SECONDS = 3  # for requests in flight when the studio is stopped


def run(home: Home, settings: Settings, built: Path = page.BUILT) -> None:
    """Serves until SIGTERM or SIGINT. Jobs that run go on; the next start finds them again.

    Raises:
      InputError: a wrong option, a page that was not built, a home in use, or an address that cannot be listened on.
    """
    page.check(built)
    _give_children_this_code()
    studio = Studio(home, settings, _token(settings))
    with _alone(home), listening(settings.host, settings.port) as listener:
        logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
        config = configured(application(studio, built), timeout_graceful_shutdown=_GRACE_SECONDS)
        server = Server(config, lambda port: _say(studio, port), studio.stop)
        with contextlib.suppress(asyncio.CancelledError):  # of streams that were still open
            server.run([listener])


def _token(settings: Settings) -> str:
    chosen = os.environ.get(TOKEN, "")
    if chosen and (len(chosen) < _LEAST_TOKEN or not chosen.isascii() or not chosen.isprintable() or " " in chosen):
        raise InputError(
            f"{TOKEN}: received {len(chosen)} characters; at least {_LEAST_TOKEN} letters, digits or signs of ASCII "
            "without spaces are expected, such as `openssl rand -hex 16` prints"
        )
    if chosen or is_loopback(settings.host):
        return chosen
    return secrets.token_urlsafe(24)


def _give_children_this_code() -> None:
    """Workers and jobs import the code that this process runs, also where another Slipway is installed."""
    code = str(Path(__file__).parents[2])
    os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, (code, os.environ.get("PYTHONPATH", ""))))


@contextlib.contextmanager
def _alone(home: Home) -> Iterator[None]:
    """Two studios of one home would both start its queued jobs."""

    def refuse(holder: str) -> None:
        raise InputError(
            f"another studio (process {holder}) uses {home.root}; open its page, stop it, or set SLIPWAY_HOME"
        )

    folder = home.root / "studio"
    make_writable(folder)
    with only_one(folder / "lock", refuse):
        yield


def _say(studio: Studio, port: int) -> None:
    url = url_of("http", studio.settings.host, port)
    print(f"studio: {url}/{f'?token={studio.token}' if studio.token else ''}", flush=True)
