"""A refused model is pushed because a person says so."""

import dataclasses
import shutil
from pathlib import Path

import pytest

from registry import dossier, forcing, pushed, version_map
from schemas.errors import InputError
from schemas.model_card import ModelCard
from tests.registry.made_home import FAILED, NAME, MadeHome, files_of

WHY = "The audit asked for it."


def force(made: MadeHome, run_id: str) -> version_map.Entry:
    entry, record = forcing.refused(made.registry, NAME, run_id)
    return forcing.force(made.models, made.registry, entry, record, WHY)


def test_it_becomes_the_next_version_and_says_who_and_why_everywhere(
    made: MadeHome, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LOGNAME", "ada")
    made.push("1.0.0", 5)
    made.refuse("bad", 7, code="beef")
    entry = force(made, "bad")
    assert (entry.version, entry.blessed, entry.run_id) == ("1.1.0", True, "bad")
    assert entry.checks == (FAILED,)  # what it failed stays known
    folder = pushed.find(made.models, NAME)
    assert folder.name == str(entry.serving_version) and ModelCard.read(folder) == entry.card
    assert files_of(folder) == files_of(made.pipeline / "Trainer" / "model" / "7" / "Format-Serving")
    decision = entry.decision
    assert decision is not None
    assert (decision["kind"], decision["by"], decision["why"]) == ("forced blessing", "ada", WHY)
    record = dossier.read(dossier.find(made.registry, NAME, "1.1.0"))
    assert record.card == entry.card and record.previous == "1.0.0"
    assert dossier.find(made.registry, NAME, "bad") == made.registry / "1.1.0"
    assert not dossier.folder(made.registry, None, "bad").exists()
    assert [(one.run_id, one.version) for one in version_map.entries(made.registry)] == [
        ("run-5", "1.0.0"),
        ("bad", "1.1.0"),
    ]
    assert dossier.past_statistics(made.registry, entry.card).read_bytes() == b"statistics of bad"


def test_the_first_version_of_all_may_be_forced(made: MadeHome) -> None:
    made.refuse("bad", 7)
    entry = force(made, "bad")
    assert entry.version == "1.0.0" and entry.decision is not None and entry.decision["replaced"] is None


def test_what_is_no_refused_run_is_named(made: MadeHome) -> None:
    made.push("1.0.0", 5)
    with pytest.raises(InputError, match=r"run run-5 is pushed already, as version 1\.0\.0"):
        forcing.refused(made.registry, NAME, "run-5")
    made.refuse("bad", 7)
    with pytest.raises(InputError, match="no refused run 'other'; its refused runs are bad"):
        forcing.refused(made.registry, NAME, "other")
    force(made, "bad")
    with pytest.raises(InputError, match="run bad is pushed already"):
        forcing.refused(made.registry, NAME, "bad")


def everything(root: Path) -> dict[str, bytes]:
    return {str(file): file.read_bytes() for file in root.rglob("*") if file.is_file()}


def test_a_model_that_is_gone_or_was_changed_is_not_pushed_and_nothing_is_changed(made: MadeHome) -> None:
    made.refuse("bad", 7)
    trained = made.pipeline / "Trainer" / "model" / "7" / "Format-Serving"
    (trained / "saved_model.pb").write_bytes(b"another graph")
    before = everything(made.root)
    with pytest.raises(InputError, match="is not the model that run bad judged"):
        force(made, "bad")
    shutil.rmtree(trained)
    with pytest.raises(InputError, match=f"is gone: there is no folder {trained}"):
        force(made, "bad")
    assert everything(made.root / "registry") == {path: b for path, b in before.items() if "/registry/" in path}
    assert not made.models.exists()


def test_a_refusal_without_a_dossier_says_what_to_do(made: MadeHome) -> None:
    made.refuse("bad", 7)
    shutil.rmtree(dossier.folder(made.registry, None, "bad"))
    with pytest.raises(InputError, match="run the pipeline again"):
        forcing.refused(made.registry, NAME, "bad")


def test_an_attempt_that_was_killed_before_its_push_can_be_made_again(made: MadeHome) -> None:
    made.refuse("bad", 7)
    entry, record = forcing.refused(made.registry, NAME, "bad")
    shutil.copytree(made.registry / "refused" / "bad", made.registry / "1.0.0")  # all that it had done
    forced = forcing.force(made.models, made.registry, entry, record, WHY)
    assert dossier.read(made.registry / "1.0.0") == dataclasses.replace(record, card=forced.card)
