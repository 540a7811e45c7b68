"""A model server of rules, cards of six models, and gateways in front of it."""

import base64
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from schemas.model_card import ModelCard
from tests.pictures import PNG
from tests.serving.gateway.model_server import ModelServer
from tests.serving.gateway.running import Running, eventually

Start = Callable[..., Running]
NUMBER, STRING, IMAGE = ({"type": kind} for kind in ("number", "string", "image"))
CARDS: dict[str, dict[str, Any]] = {
    "titanic": {
        "inputs": {"Age": {**NUMBER, "tensor": "Age"}, "Sex": {**STRING, "tensor": "Sex"}},
        "classes": ["female", "male"],
        "example": {"Age": 22.0, "Sex": "male"},
    },
    "digits": {
        "task": "MulticlassClassification",
        "inputs": {"image": {**IMAGE, "tensor": "image"}},
        "classes": [str(digit) for digit in range(10)],
        "example": {"image": {"b64": base64.b64encode(PNG).decode()}},
    },
    "reviews": {
        "inputs": {"text": {**STRING, "tensor": "text"}},
        "classes": ["neg", "pos"],
        "example": {"text": "A good film."},
    },
    "mpg": {
        "task": "Regression",
        "inputs": {"weight": {**NUMBER, "tensor": "weight"}, "model year": {**NUMBER, "tensor": "model_year"}},
        "outputs": ["value"],
        "classes": None,
        "example": {"weight": 3000.0, "model year": 70.0},
    },
    "genres": {
        "task": "MultiLabel",
        "inputs": {"plot": {**STRING, "tensor": "plot"}},
        "outputs": ["classes", "probabilities"],
        "classes": ["crime", "drama", "war"],
        "example": {"plot": "A drama of the war."},
    },
    "voyage": {
        "task": "Several",
        "inputs": {"Age": {**NUMBER, "tensor": "Age"}, "Sex": {**STRING, "tensor": "Sex"}},
        "outputs": [f"Survived.{name}" for name in ("class", "confidence", "probabilities")] + ["Fare paid.value"],
        "classes": None,
        "tasks": [
            {"label": "Survived", "task": "BinaryClassification", "classes": ["female", "male"], "share": None},
            {"label": "Fare paid", "task": "Regression", "classes": None, "share": None},
        ],
        "example": {"Age": 22.0, "Sex": "male"},
    },
}


@pytest.fixture(scope="session")
def card_of(make_card: Callable[..., ModelCard]) -> Callable[..., ModelCard]:
    """The card of one of the models, pushed as some version."""

    def card_of(name: str, version: str = "1.0.0", number: int = 1, **changes: Any) -> ModelCard:
        return make_card(**{**CARDS[name], "name": name, "version": version, "serving_version": number, **changes})

    return card_of


class World:
    """A folder of models and a server that has them loaded."""

    def __init__(self, folder: Path, card_of: Callable[..., ModelCard]) -> None:
        self.home = folder
        self.models = folder / "models"
        self.server = ModelServer()
        self._card_of = card_of
        for name in CARDS:
            self.push(name)

    def push(self, name: str, version: str = "1.0.0", number: int = 1, state: int = 30, **changes: Any) -> ModelCard:
        """A new version, as the Pusher shows it, and as the server then has it."""
        card = self._card_of(name, version, number, **changes)
        card.write(self.models / name / str(number))
        self.server.serve(card, number, state)
        return card


@pytest.fixture(scope="session")
def _world(tmp_path_factory: pytest.TempPathFactory, card_of: Callable[..., ModelCard]) -> Iterator[World]:
    made = World(tmp_path_factory.mktemp("gateway"), card_of)
    yield made
    made.server.stop()


@pytest.fixture(scope="session")
def _shared(_world: World, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    options = ("--upstream", _world.server.address, "--models", str(_world.models), "--max-batch", "50")
    running = Running(tmp_path_factory.mktemp("shared"), *options, "--max-body-mb", "1", "--timeout", "2")
    eventually(lambda: running.http.get("/readyz").is_success)
    yield running
    running.stop()


@pytest.fixture
def world(_world: World) -> World:
    """The server and folder behind ``gateway``; a test changes nothing but the server's ``before``."""
    _world.server.reset()
    return _world


@pytest.fixture
def gateway(_shared: Running, world: World) -> Running:
    """A gateway for all tests: at most 50 inputs, 1 MB, 2 seconds."""
    return _shared


@pytest.fixture
def own(tmp_path: Path, card_of: Callable[..., ModelCard]) -> Iterator[World]:
    """A server and a folder of a test's own."""
    made = World(tmp_path / "own", card_of)
    yield made
    made.server.stop()


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Starts a gateway with options before a world, and waits until it is ready."""
    started: list[Running] = []

    def start(world: World, *options: str, ready: bool = True, folder: str = "started") -> Running:
        given = ("--upstream", world.server.address, "--models", str(world.models))
        running = Running(tmp_path / folder, *given, *options, home=world.home)
        started.append(running)
        if ready:
            eventually(lambda: running.http.get("/readyz").is_success)
        return running

    yield start
    for running in started:
        running.stop()
