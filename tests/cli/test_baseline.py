"""What the next run is compared with after a person's decision, in a real metadata store."""

from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner

from cli.app import app
from pipelines.execution import blessings
from pipelines.execution.metadata_store import PASSWORD, URL, WAIT, StoreUnreachableError
from registry import pushed
from schemas.exit_codes import ExitCode
from schemas.model_card import ModelCard
from tests.cli.recorded_versions import Versions
from tests.registry.made_home import NAME, MadeHome


@pytest.fixture
def versions(tmp_path: Path, make_card: Callable[..., ModelCard], monkeypatch: pytest.MonkeyPatch) -> Versions:
    monkeypatch.setenv("SLIPWAY_HOME", str(tmp_path / "home"))
    return Versions(MadeHome(tmp_path / "home", make_card))


def call(*arguments: str) -> None:
    done = CliRunner().invoke(app, list(arguments), catch_exceptions=False)
    assert done.exit_code == 0 and "does not know" not in done.stderr, done.output


def baseline(versions: Versions) -> int | None:
    found = blessings.opened(versions.runs.place, NAME)
    last = found.last() if found is not None else None
    return None if last is None else last.id


def test_it_is_the_version_that_is_served_as_the_newest(versions: Versions) -> None:
    assert baseline(versions) == versions.third["model"]
    call("rollback", NAME)
    assert baseline(versions) == versions.second["model"]
    call("bless", NAME, "bad", "--force", "--why", "It must.")
    assert baseline(versions) == versions.refused["model"]
    call("rollback", NAME, "1.0.0")
    assert baseline(versions) == versions.first["model"]
    call("rollback", NAME, "1.2.1")  # the forced one, which no run has pushed
    assert baseline(versions) == versions.refused["model"]


def test_a_version_without_a_dossier_is_found_by_its_push(versions: Versions) -> None:
    (versions.made.registry / "1.0.0" / "record.json").unlink()
    call("rollback", NAME, "1.0.0")
    assert baseline(versions) == versions.first["model"]


def test_while_the_server_is_away_the_version_is_served_and_the_command_can_be_called_again(
    versions: Versions, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as away:
        for name, value in ((URL, "mysql://me@127.0.0.1:1/runs"), (PASSWORD, ""), (WAIT, "0.1")):
            away.setenv(name, value)
        done = CliRunner().invoke(app, ["rollback", NAME])
        error = done.exception
        assert isinstance(error, StoreUnreachableError) and error.exit_code == ExitCode.STORE_AWAY
        assert "titanic 1.1.0 is pushed" in str(error) and "then call: slipway rollback titanic 1.1.0" in str(error)
    assert ModelCard.read(pushed.find(versions.made.models, NAME)).version == "1.1.0"
    assert baseline(versions) == versions.third["model"]
    call("rollback", NAME, "1.1.0")
    assert baseline(versions) == versions.second["model"]
