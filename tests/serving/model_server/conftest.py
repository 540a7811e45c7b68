"""Model servers that the tests of this folder share."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.serving.model_server import saved_models
from tests.serving.model_server.running import Running


@pytest.fixture(scope="session")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """Half_plus_two (version 7), the counter, the identities and the slow model; to be read, not changed."""
    models = tmp_path_factory.mktemp("models")
    for name, make in (("half", saved_models.half_plus_two), ("counter", saved_models.counter),
                       ("identities", saved_models.identities), ("slow", saved_models.slow)):  # fmt: skip
        (models / name).mkdir()
        make(models / name / "7")
    server = Running(models)
    yield server
    server.stop()


@pytest.fixture
def models(tmp_path: Path) -> Path:
    folder = tmp_path / "models"
    folder.mkdir()
    return folder
