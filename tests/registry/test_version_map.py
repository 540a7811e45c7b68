import dataclasses
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from registry import version_map
from schemas.errors import InputError
from schemas.model_card import ModelCard
from schemas.records import CaseResult, CasesReport, CasesSummary, Check

MakeCard = Callable[..., ModelCard]
BLESSED: Any = {"blessed": True, "checks": (Check("threshold", "auc", 0.9, 0.8, 0.1, True),)}
REFUSED: Any = {"blessed": False, "checks": (Check("threshold", "auc", 0.7, 0.8, -0.1, False),)}


@pytest.fixture
def models(tmp_path: Path) -> Path:
    return tmp_path / "models"


@pytest.fixture
def registry(tmp_path: Path) -> Path:
    return tmp_path / "registry"


@pytest.fixture
def push(models: Path, make_card: MakeCard) -> Callable[[str, int], ModelCard]:
    """Puts a model's card where the Pusher does, without its entry in the map."""

    def push(version: str, serving_version: int) -> ModelCard:
        card = make_card(version=version, serving_version=serving_version, run_id=f"run {serving_version}")
        card.write(models / str(serving_version))
        return card

    return push


Push = Callable[[str, int], ModelCard]


def versions(found: list[version_map.Entry]) -> list[str | None]:
    return [entry.version for entry in found]


def test_a_dataset_without_a_map_has_no_entries(registry: Path) -> None:
    assert version_map.entries(registry) == []


def test_an_entry_says_what_a_reader_of_the_map_asks(make_card: MakeCard) -> None:
    card = make_card(version="1.0.0", serving_version=5)
    entry = version_map.entry_of(card, **REFUSED)
    assert (entry.version, entry.serving_version, entry.run_id) == ("1.0.0", 5, card.run_id)
    assert (entry.data, entry.metrics) == (card.data, card.metrics)
    assert (entry.features, entry.parameters) == (
        {"Age": {}, "Sex": {}},
        {"model": {"hidden": [8]}, "training": {"epochs": 2}},
    )
    assert (entry.blessed, entry.checks) == (False, REFUSED["checks"])
    assert entry.card == card


def outcome(line: int, passed: bool) -> CaseResult:
    return CaseResult(line, "A reason.", {"class": "died"}, {"class": "survived", "confidence": 0.9}, passed)


def asked(*passed: bool) -> CasesReport:
    return CasesReport.of(tuple(outcome(n, p) for n, p in enumerate(passed)))


def test_an_entry_keeps_the_cases_that_failed(make_card: MakeCard) -> None:
    entry = version_map.entry_of(make_card(), **BLESSED, cases=asked(True, False, True))
    assert entry.cases == CasesSummary(count=3, passed=2, failed=(outcome(1, False),))
    assert version_map.entry_of(make_card(), **BLESSED).cases is None


def test_new_cases_of_a_pushed_model_replace_its_old_ones_and_nothing_else(registry: Path, make_card: MakeCard) -> None:
    for n in (1, 2, 3):
        card = make_card(version=f"1.0.{n}", serving_version=n, run_id=f"run {n}")
        version_map.record(registry, version_map.entry_of(card, **BLESSED, cases=asked(True)))
    before = version_map.entries(registry)
    version_map.keep_cases(registry, 2, asked(False))
    kept = CasesSummary(count=1, passed=0, failed=(outcome(0, False),))
    assert version_map.entries(registry) == [before[0], dataclasses.replace(before[1], cases=kept), before[2]]


def test_recorded_entries_come_back_oldest_first(registry: Path, make_card: MakeCard) -> None:
    recorded = [
        version_map.entry_of(make_card(version=f"1.0.{n}", serving_version=n, run_id=f"run {n}"), **BLESSED)
        for n in range(3)
    ]
    for entry in recorded:
        version_map.record(registry, entry)
    assert version_map.entries(registry) == recorded
    assert [path.name for path in registry.iterdir()] == [version_map.FILE]


def test_two_refused_runs_are_two_entries(registry: Path, make_card: MakeCard) -> None:
    for run_id in ("first", "second"):
        version_map.record(registry, version_map.entry_of(make_card(run_id=run_id), **REFUSED))
    assert [(entry.run_id, entry.version) for entry in version_map.entries(registry)] == [
        ("first", None),
        ("second", None),
    ]


def test_an_entry_of_the_same_run_is_replaced(registry: Path, make_card: MakeCard) -> None:
    for metrics in ({"auc": 0.1}, {"auc": 0.2}):
        version_map.record(registry, version_map.entry_of(make_card(metrics=metrics), **REFUSED))
    assert [entry.metrics for entry in version_map.entries(registry)] == [{"auc": 0.2}]


def test_cards_come_by_rising_integer_version_and_other_folders_are_ignored(models: Path, push: Push) -> None:
    for serving_version in (9, 10, 100):
        push(f"1.0.{serving_version}", serving_version)
    (models / ".pushing-101").mkdir()
    (models / "notes").mkdir()
    assert [card.serving_version for card in version_map.cards(models)] == [9, 10, 100]


def test_there_are_no_cards_where_nothing_was_pushed(models: Path) -> None:
    assert version_map.cards(models) == []


def test_an_entry_lost_by_a_crash_is_made_again_from_the_card(models: Path, registry: Path, push: Push) -> None:
    version_map.record(registry, version_map.entry_of(push("1.0.0", 1), **BLESSED))
    lost = push("1.0.1", 2)
    found = version_map.reconcile(models, registry)
    assert versions(found) == ["1.0.0", "1.0.1"]
    assert found[1].card == lost
    assert found[1].blessed
    assert version_map.entries(registry) == found


def test_the_whole_map_is_made_again_where_its_file_is_lost(models: Path, registry: Path, push: Push) -> None:
    push("1.0.1", 2)
    push("1.0.0", 1)
    assert versions(version_map.reconcile(models, registry)) == ["1.0.0", "1.0.1"]


def test_reconciling_leaves_a_whole_map_as_it_is(models: Path, registry: Path, push: Push) -> None:
    version_map.record(registry, version_map.entry_of(push("1.0.0", 1), **BLESSED))
    before = (registry / version_map.FILE).stat().st_mtime_ns
    assert version_map.reconcile(models, registry)[0].checks == BLESSED["checks"]
    assert (registry / version_map.FILE).stat().st_mtime_ns == before


def test_the_latest_is_the_highest_version_by_number(models: Path, registry: Path, push: Push) -> None:
    for version, serving_version in (("1.10.0", 1), ("1.9.0", 2)):
        push(version, serving_version)
    latest = version_map.latest(models, registry)
    assert latest is not None
    assert latest.version == "1.10.0"


def test_the_latest_is_remembered_though_its_folder_is_gone(models: Path, registry: Path, make_card: MakeCard) -> None:
    card = make_card(version="3.0.0", serving_version=9)
    version_map.record(registry, version_map.entry_of(card, **BLESSED))
    assert version_map.latest(models, registry) == card


def test_a_refused_model_is_never_the_latest(models: Path, registry: Path, make_card: MakeCard) -> None:
    version_map.record(registry, version_map.entry_of(make_card(), **REFUSED))
    assert version_map.latest(models, registry) is None


def test_the_map_is_json_for_others_to_read(registry: Path, make_card: MakeCard) -> None:
    version_map.record(registry, version_map.entry_of(make_card(classes=["gesunken", "überlebt"]), **REFUSED))
    text = (registry / version_map.FILE).read_text(encoding="utf-8")
    assert "überlebt" in text
    assert json.loads(text)[0]["card"]["classes"] == ["gesunken", "überlebt"]


@pytest.mark.parametrize("content", [b"", b'[{"version": "1.0', b"{}", b"[1]", b"[{}]", b"null", b'["\xff"]'])
def test_a_damaged_map_is_named_with_what_to_do(models: Path, registry: Path, push: Push, content: bytes) -> None:
    push("1.0.0", 1)
    registry.mkdir()
    (registry / version_map.FILE).write_bytes(content)
    with pytest.raises(InputError) as caught:
        version_map.latest(models, registry)
    message = str(caught.value)
    assert message.startswith(f"cannot read the version map {registry / version_map.FILE} (")
    assert "; delete it: the next run that pushes a model makes it again from the cards" in message
    (registry / version_map.FILE).unlink()
    assert versions(version_map.reconcile(models, registry)) == ["1.0.0"]


def test_a_model_folder_without_a_card_is_named_and_not_skipped(models: Path, registry: Path, push: Push) -> None:
    push("1.0.0", 1)
    (models / "2").mkdir()
    with pytest.raises(InputError, match=f"^the model folder {models / '2'} has no readable card "):
        version_map.cards(models)


def test_an_older_map_is_read_and_kept(registry: Path, make_card: MakeCard) -> None:
    """An entry without ``cases``, and a card without the fields that came later."""
    entry = version_map.entry_of(make_card(version="1.0.0", serving_version=1), **BLESSED).to_json()
    del entry["cases"]
    for later in ("reading", "submission", "splits", "devices"):
        del entry["card"][later]
    registry.mkdir()
    (registry / version_map.FILE).write_text(json.dumps([entry]))
    (found,) = version_map.entries(registry)
    assert found.cases is None and found.card.devices == "" and found.checks == BLESSED["checks"]
    version_map.record(registry, version_map.entry_of(make_card(run_id="second"), **REFUSED))
    assert version_map.entries(registry)[0] == found
