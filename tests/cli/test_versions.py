"""The commands that look after versions, in this process: what they print, and their exit codes."""

import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console
from typer.testing import CliRunner

from cli import versions_display
from cli.app import app
from pipelines.page import catalog
from registry import version_map
from registry.standing import standings
from schemas.errors import InputError
from schemas.model_card import ModelCard
from tests.registry.made_home import NAME, MadeHome

WHY = "The audit asked for it."


@pytest.fixture
def made(tmp_path: Path, make_card: Callable[..., ModelCard], monkeypatch: pytest.MonkeyPatch) -> MadeHome:
    """Two pushed versions and a refused run."""
    monkeypatch.setenv("SLIPWAY_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("LOGNAME", "ada")
    made = MadeHome(tmp_path / "home", make_card)
    made.push("1.0.0", 5)
    made.push("1.1.0", 6, code="beef")
    made.refuse("bad", 7)
    return made


def call(*arguments: str, expect: int = 0) -> Any:
    """What a command prints on stdout; its error, where one is expected."""
    done = CliRunner().invoke(app, list(arguments))
    if expect == 2:
        assert isinstance(done.exception, InputError), done.output
        return str(done.exception)
    assert done.exit_code == expect, done.output or repr(done.exception)
    return done.stdout


def versions() -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(call("versions", NAME, "--json"))["versions"]
    return found


def test_an_unknown_dataset_is_answered_as_the_catalog_does(made: MadeHome) -> None:
    for command in (["versions"], ["label"], ["rollback"], ["bless", "titanik", "bad"]):
        message = call(*command, *(["titanik"] if len(command) == 1 else []), expect=2)
        assert message == str(catalog.unknown("titanik"))
    assert "did you mean titanic?" in message


def test_a_known_dataset_without_a_model_has_no_versions_and_gets_no_folder(made: MadeHome) -> None:
    assert "no model of digits has been trained yet" in call("versions", "digits")
    assert "no model of digits has been trained yet" in call("rollback", "digits", expect=2)
    assert not (made.root / "registry" / "digits").exists()


def test_versions_say_what_is_served_and_as_what(made: MadeHome) -> None:
    call("label", NAME, "1.0.0", "stable")
    found = [(one["version"], one["newest"], one["there"], one["labels"]) for one in versions()]
    assert found == [
        ("1.0.0", False, True, ["stable"]),
        ("1.1.0", True, True, []),
        (None, False, False, []),
    ]
    assert versions()[0]["intervals"]["binary_accuracy"] == {"value": 0.8, "low": 0.71, "high": 0.87}
    text = call("versions", NAME)
    assert "0.7100 to 0.8700" in text and "stable" in text and "newest" in text
    assert "refused: run bad" in text and "binary_accuracy 0.6000 missed threshold 0.7800" in text


@pytest.mark.parametrize("width", [20, 60, 90, 200])
def test_the_table_fits_into_the_terminal_and_keeps_the_version(made: MadeHome, width: int) -> None:
    found = standings(made.models, made.registry)
    console = Console(width=width, file=io.StringIO())
    console.print(versions_display._fitting(found, console))
    lines = console.file.getvalue().splitlines()  # type: ignore[attr-defined]
    assert max(map(len, lines)) <= width
    assert "1.1.0" in lines[4] and not any("…" in line for line in lines)


def test_a_label_is_given_moved_listed_and_taken_away(made: MadeHome) -> None:
    assert "has no labels" in call("label", NAME)
    assert call("label", NAME, "5", "stable", "--why", WHY) == "titanic: stable is version 1.0.0\n"
    assert f"UTC by ada: {WHY}" in call("label", NAME)
    assert call("label", NAME, "1.1.0", "stable") == "titanic: stable is version 1.1.0; it was 1.0.0\n"
    found = json.loads(call("label", NAME, "--json"))
    assert found["dataset"] == NAME and found["labels"]["stable"]["serving_version"] == 6
    assert "it was version 1.1.0" in call("label", NAME, "--remove", "stable")
    assert "there is no label 'stable'" in call("label", NAME, "--remove", "stable", expect=2)
    assert "LABEL is missing" in call("label", NAME, "1.0.0", expect=2)
    assert "--remove takes the label alone" in call("label", NAME, "1.0.0", "--remove", "stable", expect=2)
    assert "has no version '9.9.9'" in call("label", NAME, "9.9.9", "stable", expect=2)


def test_a_rollback_is_reported_and_shown(made: MadeHome) -> None:
    found = json.loads(call("rollback", NAME, "--why", WHY, "--json"))
    assert (found["version"], found["changed"], found["decision"]["replaced"]) == ("1.0.0", True, "1.1.0")
    assert Path(found["pushed_to"]).is_dir() and found["baseline"] is False  # there is no metadata store here
    assert [(one["version"], one["newest"]) for one in versions()] == [
        ("1.0.0", False), ("1.1.0", False), (None, False), ("1.0.0", True)
    ]  # fmt: skip
    assert f"1.0.0: rollback by ada, in place of 1.1.0: {WHY}" in call("versions", NAME)
    assert "1.0.0 is the newest version already" in call("rollback", NAME, "1.0.0")
    assert "is the oldest version" in call("rollback", NAME, expect=2)


def test_without_force_the_failed_checks_are_shown_and_nothing_is_pushed(made: MadeHome) -> None:
    text = call("bless", NAME, "bad", expect=3)
    assert "failed 1 of its checks" in text and "binary_accuracy 0.6000, threshold 0.7800: failed" in text
    found = json.loads(call("bless", NAME, "bad", "--json", expect=3))
    assert found["blessed"] is False and [check["metric"] for check in found["failed"]] == ["binary_accuracy"]
    assert len(version_map.folders(made.models)) == 2


@pytest.mark.parametrize("why", [[], ["--why", " "]])
def test_a_forced_blessing_needs_its_reason(made: MadeHome, why: list[str]) -> None:
    assert "--why is missing" in call("bless", NAME, "bad", "--force", *why, expect=2)
    assert len(version_map.folders(made.models)) == 2


def test_a_forced_blessing_is_pushed_and_shown_with_what_it_failed(made: MadeHome) -> None:
    report = made.root / "reports" / NAME / "refused" / "bad"
    report.mkdir(parents=True)
    found = json.loads(call("bless", NAME, "bad", "--force", "--why", WHY, "--json"))
    assert (found["version"], found["blessed"], found["decision"]["by"]) == ("1.2.0", True, "ada")
    assert [check["metric"] for check in found["failed"]] == ["binary_accuracy"]
    assert versions()[-1]["newest"] and versions()[-1]["decision"]["why"] == WHY
    assert not report.exists()  # which says that it was refused
    text = call("versions", NAME)
    assert f"1.2.0: forced blessing by ada: {WHY}" in text and "missed threshold" in text
    assert "pushed already, as version 1.2.0" in call("bless", NAME, "bad", "--force", "--why", WHY, expect=2)
