"""Servers, cards and answers that the clients' tests share."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from starlette.responses import Response

from schemas.model_card import ModelCard
from tests.serving.client import real
from tests.serving.client.servers import Grpc, Http, grpc_server, http

MakeCard = Callable[..., ModelCard]


@pytest.fixture(scope="session")
def http_server() -> Iterator[Http]:
    with http() as server:
        yield server


@pytest.fixture
def gateway(http_server: Http) -> Http:
    """An HTTP server without requests yet."""
    http_server.seen.clear()
    http_server.bodies.clear()
    http_server.answer = lambda request, body: Response(status_code=500)
    return http_server


@pytest.fixture
def model_server() -> Iterator[Grpc]:
    with grpc_server() as server:
        yield server


@pytest.fixture
def models(tmp_path: Path, make_card: MakeCard) -> Path:
    """A folder of cards alone: Titanic 1.0.0 (7) and 1.1.0 (8), whose classes stand the other way round, and a regression."""
    inputs = {"Age": {"type": "number", "tensor": "Age_in"}, "Sex": {"type": "string", "tensor": "Sex"}}
    for version, number, classes in (("1.0.0", 7, ["died", "survived"]), ("1.1.0", 8, ["survived", "died"])):
        card = make_card(inputs=inputs, version=version, serving_version=number, classes=classes)
        card.write(tmp_path / "models" / "titanic" / str(number))
    make_card(
        name="houses",
        inputs={"Area": {"type": "number", "tensor": "Area"}},
        outputs=["value"],
        classes=None,
        version="1.0.0",
        serving_version=5,
        example={"Area": 120.0},
    ).write(tmp_path / "models" / "houses" / "5")
    return tmp_path / "models"


@pytest.fixture(scope="session")
def served(tmp_path_factory: pytest.TempPathFactory, data: Path) -> Iterator[real.Served]:
    """Two trained models behind a real model server and a real gateway; half a minute is their training."""
    with real.served(tmp_path_factory.mktemp("served") / "home", data) as found:
        yield found
