"""`slipway gc`, with a real metadata store and the files of runs."""

import json
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from cli.app import app
from pipelines.execution import blessings
from registry import dossier, labels, pushed, version_map
from registry.standing import standings
from schemas.errors import InputError
from schemas.lock import only_one
from schemas.model_card import ModelCard
from tests.cli.recorded_versions import Versions
from tests.registry.made_home import NAME, MadeHome


@pytest.fixture
def versions(tmp_path: Path, make_card: Callable[..., ModelCard], monkeypatch: pytest.MonkeyPatch) -> Versions:
    monkeypatch.setenv("SLIPWAY_HOME", str(tmp_path / "home"))
    return Versions(MadeHome(tmp_path / "home", make_card))


def gc(*arguments: str) -> dict[str, Any]:
    done = CliRunner().invoke(app, ["gc", NAME, *arguments, "--json"], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def size(folder: Path) -> int:
    return sum(file.stat().st_size for file in folder.rglob("*") if file.is_file() and file.name != "metadata.db")


def test_old_versions_go_with_all_that_only_they_need(versions: Versions) -> None:
    made, before = versions.made, size(versions.made.root)
    found = gc("--keep", "1")
    assert (found["versions"], found["runs"]) == (["1.0.0", "1.1.0"], ["bad"])
    assert found["kept"] == [{"version": "1.2.0", "reasons": ["newest", "last blessed", "recent"]}]
    assert versions.live(versions.third) == set(versions.third)
    for gone in (versions.first, versions.second, versions.refused):
        assert versions.live(gone) == set()
    assert [folder.name for folder in version_map.folders(made.models)] == ["7"]
    assert pushed.find(made.models, NAME).name == "7"
    assert not (made.registry / "1.0.0").exists() and (made.registry / "1.2.0").is_dir()
    assert not list(made.root.rglob(".removing-*"))
    assert found["freed_mb"] == pytest.approx((before - size(made.root)) / 1e6, abs=0.06)
    shown = [
        (one.entry.version, one.there, one.entry.removed is not None) for one in standings(made.models, made.registry)
    ]
    assert shown == [("1.0.0", False, True), (None, False, False), ("1.1.0", False, True), ("1.2.0", True, False)]
    assert gc("--keep", "1") == found | {"versions": [], "runs": [], "artifacts": 0, "freed_mb": 0.0}


def test_what_is_shared_with_a_kept_version_stays(versions: Versions) -> None:
    gc("--keep", "2")
    assert versions.live(versions.first) == {"examples"}  # which the second run has taken from the cache
    assert versions.live(versions.second) == set(versions.second)


def test_a_dry_run_says_the_same_and_changes_nothing(versions: Versions) -> None:
    before = {file: file.read_bytes() for file in versions.made.root.rglob("*") if file.is_file()}
    found = gc("--keep", "1", "--dry-run")
    assert {file: file.read_bytes() for file in before} == before
    assert gc("--keep", "1") == found | {"dry_run": False}


def test_a_labelled_version_keeps_its_artifacts_too(versions: Versions) -> None:
    card = standings(versions.made.models, versions.made.registry)[0].entry.card
    labels.put(versions.made.registry, "stable", card, "")
    assert [one["version"] for one in gc("--keep", "1")["kept"]] == ["1.0.0", "1.2.0"]
    assert versions.live(versions.first) == set(versions.first)


def test_the_last_blessed_model_stays_though_it_is_not_the_newest(versions: Versions) -> None:
    decision = {"kind": "rollback", "by": "ada", "at": "now", "why": "", "replaced": None}
    found = blessings.opened(versions.runs.place, NAME)
    assert found is not None and found.make_last(versions.first["model"], decision)  # type: ignore[arg-type]
    assert gc("--keep", "1")["kept"][0] == {"version": "1.0.0", "reasons": ["last blessed"]}
    assert versions.live(versions.first) == set(versions.first)
    assert found.last().uri == str(versions.runs.folder(versions.first["model"]))  # type: ignore[union-attr]


def test_what_the_last_run_rests_on_stays(versions: Versions) -> None:
    versions.last_run(versions.refused)
    gc("--keep", "1")
    assert versions.live(versions.refused) == set(versions.refused)


def test_what_a_forced_blessing_needs_stays_with_its_version(versions: Versions) -> None:
    done = CliRunner().invoke(app, ["bless", NAME, "bad", "--force", "--why", "It must."], catch_exceptions=False)
    assert done.exit_code == 0
    assert [one["reasons"] for one in gc("--keep", "1")["kept"]] == [["newest", "last blessed", "recent"]]
    assert versions.live(versions.refused) == set(versions.refused)
    assert dossier.find(versions.made.registry, NAME).name == "1.2.1"


def test_an_attempt_that_was_killed_is_made_again(versions: Versions, monkeypatch: pytest.MonkeyPatch) -> None:
    removed: list[Path] = []

    def killed(path: Path) -> None:
        if len(removed) == 3:
            raise KeyboardInterrupt
        removed.append(path)
        path.rename(path.with_name(f".removing-{path.name}"))  # and not yet what is in it

    with monkeypatch.context() as patched:
        patched.setattr("registry.removal.remove", killed)
        CliRunner().invoke(app, ["gc", NAME, "--keep", "1"])
    assert len(list(versions.made.root.rglob(".removing-*"))) == 3
    gc("--keep", "1")
    assert not list(versions.made.root.rglob(".removing-*"))
    assert [folder.name for folder in version_map.folders(versions.made.models)] == ["7"]
    assert versions.live(versions.first) == set() and versions.live(versions.third) == set(versions.third)


def test_it_waits_for_a_run_that_goes_on(versions: Versions) -> None:
    held = threading.Event()

    def hold() -> None:
        with only_one(versions.made.pipeline / ".lock", lambda _: None):
            held.set()
            time.sleep(0.3)
            assert [folder.name for folder in version_map.folders(versions.made.models)] == ["5", "6", "7"]

    thread = threading.Thread(target=hold)
    thread.start()
    held.wait()
    done = CliRunner().invoke(app, ["gc", NAME, "--keep", "1"], catch_exceptions=False)
    thread.join()
    assert "another run of titanic is going on" in done.stderr
    assert len(version_map.folders(versions.made.models)) == 1


def test_without_a_metadata_store_versions_go_and_artifacts_stay(versions: Versions) -> None:
    (versions.made.root / "metadata.db").unlink()
    found = gc("--keep", "1")
    assert (found["versions"], found["artifacts"]) == (["1.0.0", "1.1.0"], 0)
    assert found["notes"] and versions.runs.root.joinpath("Trainer", "model").is_dir()
    assert not (versions.made.root / "metadata.db").exists()


def test_nothing_is_removed_where_something_cannot_be_read(versions: Versions) -> None:
    (versions.made.registry / labels.FILE).write_text("{")
    before = set(versions.made.root.rglob("*"))
    with pytest.raises(InputError, match="cannot read the labels"):
        gc("--keep", "1")
    assert before <= set(versions.made.root.rglob("*"))
