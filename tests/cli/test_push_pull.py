"""`slipway push` and `slipway pull`, in this process: what they print, and their exit codes."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from cli.app import app
from registry import labels, version_map
from schemas.errors import InputError
from schemas.home import Home
from schemas.model_card import ModelCard
from tests.registry import homes


@pytest.fixture
def home(tmp_path: Path, make_card: Callable[..., ModelCard], monkeypatch: pytest.MonkeyPatch) -> Home:
    """This home, with two versions: 1.0.0, which is labelled, and 1.1.0 without a dossier."""
    made = homes.home_at(tmp_path / "home")
    monkeypatch.setenv("SLIPWAY_HOME", str(made.root))
    first = make_card(version="1.0.0", serving_version=100)
    homes.add_version(made, first, {"saved_model.pb": b"first"})
    second = make_card(version="1.1.0", serving_version=200, pushed_at="2026-02-01T00:00:00+00:00")
    homes.add_version(made, second, {"saved_model.pb": b"second"}, dossier={})
    labels.put(made.registry("titanic"), "stable", first, "")
    return made


@pytest.fixture
def remote(tmp_path: Path) -> str:
    return str(tmp_path / "remote")


def call(*arguments: str, refused: bool = False) -> str:
    done = CliRunner().invoke(app, list(arguments))
    if refused:
        assert isinstance(done.exception, InputError) and done.stdout == "", done.output
        return str(done.exception)
    assert done.exit_code == 0, done.output or repr(done.exception)
    return done.stdout


def from_json(*arguments: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(call(*arguments, "--json"))
    return found


def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Home:
    """Another home, of which the commands are from now on."""
    monkeypatch.setenv("SLIPWAY_HOME", str(tmp_path / "elsewhere"))
    return homes.home_at(tmp_path / "elsewhere")


def test_what_is_pushed_can_be_pulled_where_the_home_is_gone(
    home: Home, remote: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = {path: content for path, content in homes.state(home).items() if "labels" not in path}
    pushed = [from_json("push", f"titanic@{version}", remote) for version in ("1.0.0", "1.1.0")]
    home.root.rename(tmp_path / "gone")
    other = elsewhere(tmp_path, monkeypatch)
    pulled = [from_json("pull", f"titanic@{version}", remote) for version in ("1.0.0", "1.1.0")]
    assert homes.state(other) == before
    for there, here in zip(pushed, pulled, strict=True):
        shared = {"model", "version", "serving_version", "remote", "sha256", "bytes", "dossier"}
        assert {key: there[key] for key in shared} == {key: here[key] for key in shared}
        assert (there["sent"], here["received"]) == (there["bytes"], there["bytes"])
    assert [one["dossier"] for one in pulled] == [True, False] and pulled[1]["folder"].endswith("models/titanic/200")


def test_the_newest_version_goes_where_none_is_named(
    home: Home, remote: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = call("push", "titanic", remote)
    assert (
        text.startswith(f"titanic 1.1.0 is pushed: {remote}\n")
        and f"slipway pull titanic@1.1.0 {remote} --sha256 " in text
    )
    call("push", "titanic@1.0.0", remote)
    elsewhere(tmp_path, monkeypatch)
    text = call("pull", "titanic", remote)
    assert text.startswith("titanic 1.1.0 is pulled, as serving version 200: ")
    assert "next:    slipway predict titanic --version 1.1.0 --example" in text and "newer version" not in text


@pytest.mark.parametrize("name", ["stable", "100"])
def test_a_label_and_a_serving_version_name_what_is_pushed(home: Home, remote: str, name: str) -> None:
    assert from_json("push", f"titanic@{name}", remote)["version"] == "1.0.0"


def test_an_older_version_says_that_another_is_served(
    home: Home, remote: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for version in ("1.0.0", "1.1.0"):
        call("push", f"titanic@{version}", remote)
    other = elsewhere(tmp_path, monkeypatch)
    call("pull", "titanic", remote)
    text = call("pull", "titanic@1.0.0", remote)
    assert "a newer version is here and stays the one that is served; ask this one with --version 1.0.0" in text
    assert [entry.version for entry in version_map.entries(other.registry("titanic"))] == ["1.0.0", "1.1.0"]


def test_a_second_push_and_pull_say_so(home: Home, remote: str) -> None:
    call("push", "titanic", remote)
    assert "titanic 1.1.0 is there already" in call("push", "titanic", remote)
    assert "titanic 1.1.0 is here already" in call("pull", "titanic", remote)


def test_the_versions_of_a_remote_are_listed(home: Home, remote: str) -> None:
    pushed = [from_json("push", f"titanic@{version}", remote) for version in ("1.1.0", "1.0.0")]
    found = from_json("pull", "titanic", remote, "--list")
    assert (found["model"], found["remote"]) == ("titanic", remote)
    assert [(one["version"], one["sha256"], one["dossier"]) for one in found["versions"]] == [
        ("1.0.0", pushed[1]["sha256"], True),
        ("1.1.0", pushed[0]["sha256"], False),
    ]
    lines = call("pull", "titanic", remote, "--list").splitlines()
    assert lines[0].startswith("1.0.0") and "with its dossier" in lines[0] and "without its dossier" in lines[1]


def test_the_sha256_that_push_said_is_the_one_that_pull_takes(
    home: Home, remote: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sha256 = from_json("push", "titanic", remote)["sha256"]
    other = elsewhere(tmp_path, monkeypatch)
    assert "the archive has the sha256" in call("pull", "titanic", remote, "--sha256", "0" * 64, refused=True)
    assert homes.state(other) == {}
    call("pull", "titanic", remote, "--sha256", sha256.upper())


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("push", "titanic@9.0.0", "REMOTE"), "titanic has no version '9.0.0'; its versions are 1.0.0, 1.1.0"),
        (("push", "digits", "REMOTE"), "no model of 'digits' has been pushed"),
        (("push", "../titanic", "REMOTE"), "NAME: received '../titanic'"),
        (("push", "titanic", "ftp://host/path"), "remote: received the protocol 'ftp'"),
        (("pull", "titanic@stable", "REMOTE"), "VERSION: received 'stable'; a semantic version is expected"),
        (("pull", "titanic", "REMOTE"), "there is no such bucket or folder"),
        (("pull", "titanic@1.0.0", "REMOTE", "--list"), "--list: it shows all versions"),
    ],
)
def test_mistakes_are_one_line_and_change_nothing(
    home: Home, remote: str, arguments: tuple[str, ...], message: str
) -> None:
    before = homes.state(home)
    assert message in call(*(remote if one == "REMOTE" else one for one in arguments), refused=True)
    assert homes.state(home) == before and not Path(remote).exists()
