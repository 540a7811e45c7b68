"""A home with pushed models, made by real runs."""

from pathlib import Path

import pytest

from schemas.home import Home
from tests.e2e.command import Slipway


@pytest.fixture(scope="session")
def pushed_models(data: Path, tmp_path_factory: pytest.TempPathFactory) -> Home:
    """titanic 1.0.0 and 1.1.0, which differs in the model's width; digits 1.0.0, and a run of it that was refused."""
    home = Home(tmp_path_factory.mktemp("studio") / "home", data)
    slipway = Slipway(home.root, data)
    slipway("run", "titanic")
    slipway("run", "titanic", "--set", "hidden=32")
    slipway("run", "digits")
    slipway("run", "digits", "--set", "epochs=3", expect=3)
    return home
