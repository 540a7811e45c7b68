"""An older version is served as the newest again."""

import os

import pytest

from registry import dossier, pushed, version_map
from registry.pushing import weights_hash
from registry.rollback import roll_back, target
from registry.standing import standings
from registry.versioning import next_version
from schemas.errors import InputError
from schemas.model_card import ModelCard
from tests.registry.made_home import NAME, MadeHome, files_of


def newest(made: MadeHome) -> ModelCard:
    return ModelCard.read(pushed.find(made.models, NAME))


def back(made: MadeHome, version: str | None = None, why: str = "") -> version_map.Entry | None:
    return roll_back(made.models, made.registry, target(made.models, NAME, version), why)


def test_the_older_model_is_pushed_again_under_a_higher_serving_version(made: MadeHome) -> None:
    made.push("1.0.0", 5)
    made.push("1.1.0", 6)
    entry = back(made, "1.0.0", "1.1.0 is slow.")
    assert entry is not None and entry.version == "1.0.0" and entry.serving_version > 6
    assert newest(made) == entry.card
    again = made.models / str(entry.serving_version)
    assert files_of(again) == files_of(made.models / "5")
    assert weights_hash(again) == weights_hash(made.models / "5")
    assert ModelCard.read(made.models / "5").serving_version == 5  # its own card is as it was
    assert [(one.version, one.serving_version) for one in version_map.entries(made.registry)] == [
        ("1.0.0", 5),
        ("1.1.0", 6),
        ("1.0.0", entry.serving_version),
    ]
    decision = entry.decision
    assert decision is not None and decision == entry.card.decision
    assert (decision["kind"], decision["why"], decision["replaced"]) == ("rollback", "1.1.0 is slow.", "1.1.0")
    assert entry.checks == () and entry.intervals["binary_accuracy"].low == 0.71  # what is known of the model is kept


def test_no_bytes_are_copied_where_the_file_system_has_hard_links(made: MadeHome) -> None:
    made.push("1.0.0", 5)
    made.push("1.1.0", 6)
    entry = back(made)
    assert entry is not None
    paths = [made.models / str(n) / "variables" / "variables.data" for n in (5, entry.serving_version)]
    assert os.stat(paths[0]).st_ino == os.stat(paths[1]).st_ino


def test_without_hard_links_it_is_copied(made: MadeHome, monkeypatch: pytest.MonkeyPatch) -> None:
    def none(source: str, copy: str) -> None:
        raise OSError(95, "Operation not supported")

    monkeypatch.setattr(os, "link", none)
    made.push("1.0.0", 5)
    made.push("1.1.0", 6)
    entry = back(made)
    assert entry is not None and files_of(made.models / str(entry.serving_version)) == files_of(made.models / "5")


def test_without_a_version_it_goes_one_further_down_each_time(made: MadeHome) -> None:
    for version, number in (("1.0.0", 5), ("1.1.0", 6), ("2.0.0", 7)):
        made.push(version, number)
    assert [back(made).version, back(made).version] == ["1.1.0", "1.0.0"]  # type: ignore[union-attr]
    with pytest.raises(InputError, match=r"1\.0\.0 is the oldest version that is kept"):
        back(made)
    assert newest(made).version == "1.0.0"
    entry = back(made, "2.0.0")  # and it can be taken back
    assert entry is not None and entry.decision is not None and entry.decision["replaced"] == "1.0.0"
    assert newest(made).version == "2.0.0"


def test_the_newest_stays_as_it_is(made: MadeHome) -> None:
    made.push("1.0.0", 5)
    assert back(made, "1.0.0") is None
    assert [folder.name for folder in version_map.folders(made.models)] == ["5"]


def test_a_version_is_never_given_twice_to_two_models(made: MadeHome) -> None:
    made.push("1.0.0", 5)
    made.push("1.1.0", 6, code="beef")
    back(made)
    latest = version_map.latest(made.models, made.registry)
    assert latest is not None and latest.version == "1.1.0"
    assert next_version(made.make_card(code="other"), latest) == "1.2.0"


def test_new_data_is_compared_with_that_of_the_version_that_is_served(made: MadeHome) -> None:
    made.push("1.0.0", 5)
    made.push("1.1.0", 6)
    entry = back(made)
    assert entry is not None
    assert dossier.past_statistics(made.registry, entry.card).read_bytes() == b"statistics of run-5"


def test_an_entry_that_a_crash_kept_from_being_written_tells_the_rollback_from_its_card(made: MadeHome) -> None:
    made.push("1.0.0", 5)
    made.push("1.1.0", 6)
    before = (made.registry / version_map.FILE).read_bytes()
    entry = back(made)
    assert entry is not None
    (made.registry / version_map.FILE).write_bytes(before)
    assert version_map.reconcile(made.models, made.registry)[-1].decision == entry.decision


def test_versions_show_which_is_the_newest_and_which_are_there(made: MadeHome) -> None:
    made.push("1.0.0", 5)
    made.push("1.1.0", 6)
    made.refuse("bad", 7)
    back(made)
    found = [(one.entry.version, one.there, one.newest) for one in standings(made.models, made.registry)]
    assert found == [("1.0.0", True, False), ("1.1.0", True, False), (None, False, False), ("1.0.0", True, True)]
