"""The REST server over the core of the shared model server."""

from collections.abc import Iterator

import httpx
import pytest

from serving.model_server.core import AsyncCore
from serving.model_server.metrics import Metrics
from serving.model_server.rest.server import RestServer
from tests.serving.model_server.running import Running


class Rest:
    """A REST server on the loop of a running model server; ``client`` calls it."""

    def __init__(self, running: Running, *, timeout: float = 30.0, cors: bool = False, page: bool = True) -> None:
        self.metrics = Metrics()
        self._running = running
        options = {} if page else {"metrics_path": None}
        self.server = RestServer(AsyncCore(running.core), self.metrics, timeout=timeout, cors=cors, **options)
        self.port = running.do(self.server.start("127.0.0.1", 0))
        self.client = httpx.Client(base_url=f"http://127.0.0.1:{self.port}", timeout=60)

    def post(self, path: str, body: str | bytes, **headers: str) -> httpx.Response:
        return self.client.post(path, content=body, headers=headers)

    def stop(self, grace: float = 1.0) -> None:
        self.client.close()
        self._running.do(self.server.stop(grace))


@pytest.fixture(scope="session")
def rest(served: Running) -> Iterator[Rest]:
    server = Rest(served)
    yield server
    server.stop()
