"""A home with pushed models, made by real runs; and studios in processes of their own."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from schemas.home import Home
from tests.e2e.command import Slipway
from tests.studio.process import RunningStudio

Start = Callable[..., RunningStudio]


@pytest.fixture(scope="session")
def pushed_models(data: Path, tmp_path_factory: pytest.TempPathFactory) -> Home:
    """titanic 1.0.0 and 1.1.0, which differs in the model's width; digits 1.0.0, and a run of it that was refused."""
    home = Home(tmp_path_factory.mktemp("studio") / "home", data)
    slipway = Slipway(home.root, data)
    slipway("run", "titanic", "--set", "ensemble=1")
    slipway("run", "titanic", "--set", "ensemble=1", "--set", "hidden=32")
    slipway("run", "digits")
    slipway("run", "digits", "--set", "epochs=3", expect=3)
    return home


@pytest.fixture(scope="module")
def studio(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningStudio]:
    """On this machine's own address, without a token; shared by the tests of a file."""
    running = RunningStudio(tmp_path_factory.mktemp("studio") / "home")
    yield running
    running.clear()


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Starts studios of one home, each with settings and variables of its own; ends those that still run."""
    started = []

    def start(variables: dict[str, str] | None = None, **settings: object) -> RunningStudio:
        started.append(RunningStudio(tmp_path / "home", variables, **settings))
        return started[-1]

    yield start
    for one in started:
        one.clear()
