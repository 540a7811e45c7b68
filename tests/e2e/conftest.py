"""A command line with a home of its own."""

from pathlib import Path

import pytest

from tests.e2e.command import Slipway


@pytest.fixture
def slipway(tmp_path: Path) -> Slipway:
    return Slipway(tmp_path / "home", tmp_path / "data")


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home that the tests of one file share, because a run takes a quarter of a minute."""
    return tmp_path_factory.mktemp("slipway") / "home"
