"""Real servers for the tests of what a cluster runs; a test that cannot have one is skipped, and says why."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from pipelines.kubeflow.simulate.mariadb import MariaDB, missing


@pytest.fixture(scope="session")
def mariadb(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MariaDB]:
    """A server that the whole session shares: nobody stops it."""
    yield from _server(tmp_path_factory.mktemp("mariadb"))


@pytest.fixture
def own_mariadb(tmp_path: Path) -> Iterator[MariaDB]:
    """A server with an empty database, which the test may stop and start."""
    yield from _server(tmp_path / "mariadb")


def _server(folder: Path) -> Iterator[MariaDB]:
    if (reason := missing()) is not None:
        pytest.skip(f"no MariaDB: {reason}")
    with MariaDB(folder) as server:
        yield server
