"""The exit code and the words of `slipway drift`; what is compared is tested in tests/components/drift."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from cli.app import app
from schemas.exit_codes import ExitCode
from tests.components.drift.homes import as_csv, make_home, passengers


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, make_card) -> None:
    monkeypatch.setenv("SLIPWAY_HOME", str(tmp_path))
    make_home(tmp_path, make_card)


def invoke(*words: str):
    return CliRunner().invoke(app, ["drift", "titanic", *words], catch_exceptions=False, standalone_mode=False)


def test_the_exit_code_is_3_over_a_bound_and_0_within(tmp_path: Path) -> None:
    near, far = (as_csv(tmp_path / f"{women}.csv", passengers(women)) for women in (42, 90))
    within = invoke("--file", near)
    assert within.return_value in (None, ExitCode.DONE)
    assert "no drift: everything is within its bounds" in within.stdout
    over = invoke("--file", far)
    assert over.return_value == ExitCode.DRIFTED == 3
    assert "drifted: over the bounds: Sex, the answers" in " ".join(over.stdout.split())


def test_json_is_one_object(tmp_path: Path) -> None:
    result = invoke("--file", as_csv(tmp_path / "far.csv", passengers(90)), "--json")
    assert result.return_value == 3
    found = json.loads(result.stdout)
    assert (found["dataset"], found["version"], found["rows"], found["over"]) == ("titanic", "1.0.0", 100, True)
