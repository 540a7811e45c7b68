"""Servers and rows that the tests of this folder share."""

from collections.abc import Callable, Iterator

import pytest

from prediction.split_rows import Row
from schemas.model_card import ModelCard
from tests.serving.load_test.servers import GrpcServer, HttpServer, Server


@pytest.fixture(scope="session")
def servers() -> Iterator[dict[str, Server]]:
    started: dict[str, Server] = {"http": HttpServer(), "grpc": GrpcServer()}
    yield started
    for server in started.values():
        server.stop()


@pytest.fixture
def http(servers: dict[str, Server]) -> Server:
    servers["http"].reset()
    return servers["http"]


@pytest.fixture(params=["http", "grpc"])
def server(servers: dict[str, Server], request: pytest.FixtureRequest) -> Server:
    servers[request.param].reset()
    return servers[request.param]


@pytest.fixture
def card(make_card: Callable[..., ModelCard]) -> ModelCard:
    inputs = {"Age": {"type": "number", "tensor": "Age"}, "Sex": {"type": "string", "tensor": "Sex"}}
    return make_card(version="1.0.0", inputs=inputs)


@pytest.fixture
def rows() -> list[Row]:
    values = [(22.0, "male"), (None, "female"), (4.0, None)]
    return [Row({"Age": age, "Sex": sex}, "died", b"") for age, sex in values]
