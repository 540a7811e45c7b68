"""A studio's routes on a real port, in a thread of the test."""

import contextlib
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass

import httpx
import uvicorn

from schemas.home import Home
from serving.listening import listening
from studio.server import app
from studio.server.context import Studio
from studio.settings import Settings

_SECONDS = 300


@dataclass(frozen=True)
class Running:
    """A studio that answers.

    Attributes:
      studio: its parts.
      http: a client of its routes.
    """

    studio: Studio
    http: httpx.Client

    def get(self, path: str, **query: object) -> httpx.Response:
        return self.http.get(path, params=query)

    def post(self, path: str, body: object = None, **query: object) -> httpx.Response:
        return self.http.post(path, json=body, params=query)


@contextlib.contextmanager
def running(home: Home, settings: Settings | None = None) -> Iterator[Running]:
    studio = Studio(home, settings or Settings())
    with listening("127.0.0.1", 0) as listener:
        config = uvicorn.Config(app.make(studio), ws="none", log_config=None, access_log=False)
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, args=([listener],))
        thread.start()
        try:
            until = time.monotonic() + _SECONDS
            while not server.started and time.monotonic() < until:
                time.sleep(0.02)
            url = f"http://127.0.0.1:{listener.getsockname()[1]}"
            with httpx.Client(base_url=url, timeout=_SECONDS) as client:
                yield Running(studio, client)
        finally:
            server.should_exit = True
            thread.join()
