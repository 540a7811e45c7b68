"""A version of another home takes its place in this one: its serving version, its dossier, its entry; or nothing changes."""

import dataclasses
import io
import json
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from registry import installing, pushed, version_map
from registry.archives.packing import Archive
from registry.archives.unpacking import ArchiveError, unpack
from registry.versioning import parse
from schemas.errors import InputError
from schemas.home import Home
from schemas.model_card import ModelCard
from tests.registry import homes

MakeCard = Callable[..., ModelCard]


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return homes.home_at(tmp_path / "home")


@pytest.fixture
def archive(tmp_path: Path, make_card: MakeCard) -> Callable[..., Archive]:
    """The archive of a version that another home has made."""

    def archive(version: str, serving_version: int, **parts: Any) -> Archive:
        other = homes.home_at(tmp_path / f"other {version} {serving_version} {len(parts)}")
        card = make_card(version=version, serving_version=serving_version)
        return homes.archive_of(other, homes.add_version(other, card, {"saved_model.pb": version.encode()}, **parts))

    return archive


MakeArchive = Callable[..., Archive]


def pull(home: Home, archive: Archive) -> ModelCard:
    models, registry = home.models("titanic"), home.registry("titanic")
    for folder in (models, registry):
        folder.mkdir(parents=True, exist_ok=True)
    with installing.staged(models, registry, archive.manifest.version) as parts:
        manifest = unpack(io.BytesIO(b"".join(archive.chunks())), parts.folders)
        return installing.install(models, registry, parts, manifest)


def make(home: Home, make_card: MakeCard, version: str, serving_version: int) -> ModelCard:
    """A version that this home has made itself."""
    card = make_card(version=version, serving_version=serving_version)
    return homes.add_version(home, card, {"saved_model.pb": version.encode()})


def newest(home: Home) -> str | None:
    return ModelCard.read(pushed.find(home.models("titanic"), "titanic")).version


def test_a_serving_version_that_is_free_is_kept(home: Home, make_card: MakeCard, archive: MakeArchive) -> None:
    make(home, make_card, "1.0.0", 100)
    assert pull(home, archive("1.1.0", 200)).serving_version == 200
    assert newest(home) == "1.1.0"


def test_an_older_version_is_never_served_as_the_newest(home: Home, make_card: MakeCard, archive: MakeArchive) -> None:
    make(home, make_card, "1.0.0", 100)
    make(home, make_card, "2.0.0", 200)
    card = pull(home, archive("1.1.0", 300))
    assert card.serving_version is not None and 100 < card.serving_version < 200
    assert newest(home) == "2.0.0"
    assert ModelCard.read(home.models("titanic") / str(card.serving_version)) == card


def test_a_newer_version_is_served_though_its_number_is_small(
    home: Home, make_card: MakeCard, archive: MakeArchive
) -> None:
    make(home, make_card, "1.0.0", 100)
    card = pull(home, archive("1.1.0", 50))
    assert card.serving_version is not None and card.serving_version > 100
    assert newest(home) == "1.1.0"


def test_a_serving_version_that_another_version_has_is_not_taken(
    home: Home, make_card: MakeCard, archive: MakeArchive
) -> None:
    first = make(home, make_card, "1.0.0", 100)
    card = pull(home, archive("1.1.0", 100))
    assert card.serving_version != 100 and newest(home) == "1.1.0"
    assert ModelCard.read(home.models("titanic") / "100") == first


@settings(max_examples=15)
@given(st.data())
def test_serving_versions_keep_the_order_of_versions(data: st.DataObject) -> None:
    """Whatever a home has made itself, and whatever is pulled into it in whatever order."""
    version = st.tuples(*[st.integers(1, 3)] * 3).map(lambda parts: ".".join(map(str, parts)))
    own = sorted(data.draw(st.sets(version, max_size=3)), key=parse)
    numbers = sorted(data.draw(st.sets(st.sampled_from(range(5000, 6000, 100)), min_size=len(own), max_size=len(own))))
    pulls = data.draw(st.lists(st.tuples(version, st.integers(4000, 7000)), max_size=4))
    with TemporaryDirectory() as text:
        home = homes.home_at(Path(text) / "home")
        for one, number in zip(own, numbers, strict=True):
            make(home, _card, one, number)
        for n, (one, number) in enumerate(pulls):
            other = homes.home_at(Path(text) / f"other {n}")
            card = homes.add_version(
                other, _card(version=one, serving_version=number), {"saved_model.pb": one.encode()}
            )
            pull(home, homes.archive_of(other, card))
        found = [(card.serving_version, parse(str(card.version))) for card in version_map.cards(home.models("titanic"))]
        assert [version for _, version in found] == sorted({parse(one) for one in (*own, *(one for one, _ in pulls))})
        entries = version_map.entries(home.registry("titanic"))
        assert sorted((e.serving_version or 0, parse(str(e.version))) for e in entries) == found


def test_a_version_that_is_here_is_left_as_it_is(home: Home, make_card: MakeCard, archive: MakeArchive) -> None:
    made = make(home, make_card, "1.0.0", 100)
    before = homes.state(home)
    assert pull(home, archive("1.0.0", 999)) == made
    assert homes.state(home) == before


def test_another_model_of_the_same_version_is_refused(home: Home, make_card: MakeCard, archive: MakeArchive) -> None:
    homes.add_version(home, make_card(version="1.0.0", serving_version=100), {"saved_model.pb": b"another"})
    before = homes.state(home)
    with pytest.raises(InputError, match=r"^this home has another titanic 1\.0\.0, pushed at 2026"):
        pull(home, archive("1.0.0", 200))
    assert homes.state(home) == before
    (home.models("titanic") / "100").rename(home.root / "removed")  # a version is never given twice
    with pytest.raises(InputError, match=r"^this home has another titanic 1\.0\.0"):
        pull(home, archive("1.0.0", 200))


def test_a_version_whose_folder_was_removed_comes_back_in_its_place(home: Home, archive: MakeArchive) -> None:
    made = pull(home, archive("1.0.0", 100))
    before = homes.state(home)
    for file in sorted((home.models("titanic") / "100").rglob("*"), reverse=True):
        file.unlink() if file.is_file() else file.rmdir()
    (home.models("titanic") / "100").rmdir()
    (entry,) = version_map.entries(home.registry("titanic"))
    version_map.insert(home.registry("titanic"), dataclasses.replace(entry, removed="2026-02-01T00:00:00+00:00"))
    assert pull(home, archive("1.0.0", 100)) == made
    assert homes.state(home) == before


def test_the_dossier_repeats_the_new_serving_version_and_keeps_what_it_has(
    home: Home, make_card: MakeCard, archive: MakeArchive
) -> None:
    make(home, make_card, "2.0.0", 200)
    card = pull(home, archive("1.0.0", 300))
    record = json.loads((home.registry("titanic") / "1.0.0" / "record.json").read_text())
    assert record["card"] == {"serving_version": card.serving_version, "later": [1]}
    assert (home.registry("titanic") / "statistics" / f"{card.serving_version}.pb").read_bytes() == b"statistics"
    (entry,) = (e for e in version_map.entries(home.registry("titanic")) if e.version == "1.0.0")
    assert entry.card == card and entry.serving_version == card.serving_version


def test_the_map_stays_in_the_order_of_time(home: Home, make_card: MakeCard, archive: MakeArchive) -> None:
    for month, version, number in ((1, "1.0.0", 100), (3, "1.2.0", 300)):
        made = make_card(version=version, serving_version=number, pushed_at=f"2026-0{month}-01T00:00:00+00:00")
        homes.add_version(home, made, {"saved_model.pb": version.encode()})
    other = homes.home_at(home.root.parent / "another")
    card = make_card(version="1.1.0", serving_version=200, pushed_at="2026-02-01T00:00:00+00:00")
    pull(home, homes.archive_of(other, homes.add_version(other, card)))
    assert [entry.version for entry in version_map.entries(home.registry("titanic"))] == ["1.0.0", "1.1.0", "1.2.0"]


@pytest.mark.parametrize("fails_at", range(4))
def test_an_error_of_the_disk_leaves_everything_as_it_was(
    home: Home, make_card: MakeCard, archive: MakeArchive, monkeypatch: pytest.MonkeyPatch, fails_at: int
) -> None:
    make(home, make_card, "1.0.0", 100)
    homes.write(home.registry("titanic") / "1.1.0", {"record.json": b"of a folder that was removed"})
    before, rename, count = homes.state(home), Path.rename, iter(range(100))

    def failing(source: Path, target: Path) -> Path:
        if next(count) == fails_at:
            raise OSError(28, "No space left on device")
        return rename(source, target)

    monkeypatch.setattr(Path, "rename", failing)
    with pytest.raises(OSError, match="No space left"):
        pull(home, archive("1.1.0", 200))
    assert homes.state(home) == before
    monkeypatch.undo()
    pull(home, archive("1.1.0", 200))
    assert newest(home) == "1.1.0"
    assert json.loads((home.registry("titanic") / "1.1.0" / "record.json").read_text())["run_id"] == "run of 1.1.0"


def test_a_card_that_is_not_the_manifest_s_is_refused(home: Home, archive: MakeArchive) -> None:
    made = archive("1.0.0", 100)
    card = dataclasses.replace(made.manifest.entry.card, label="other")
    entry = dataclasses.replace(made.manifest.entry, card=card)
    with pytest.raises(ArchiveError, match="the card of the model is not that of the manifest"):
        pull(home, dataclasses.replace(made, manifest=dataclasses.replace(made.manifest, entry=entry)))
    assert homes.state(home) == {}


def test_what_a_killed_pull_left_is_cleared_away(home: Home, archive: MakeArchive) -> None:
    homes.write(home.models("titanic") / ".pulling-1.0.0", {"saved_model.pb": b"half"})
    homes.write(home.registry("titanic") / ".pulling-1.0.0", {"dossier/record.json": b"half"})
    pull(home, archive("1.0.0", 100))
    assert not any(".pulling" in path for path in homes.state(home))


def test_a_rollback_is_not_what_is_pushed(home: Home, make_card: MakeCard) -> None:
    """It is a second folder of a version that there was before."""
    first = make(home, make_card, "1.0.0", 100)
    make(home, make_card, "1.1.0", 200)
    back = dataclasses.replace(first, serving_version=300)
    homes.write(home.models("titanic") / "300", {"saved_model.pb": b"1.0.0"})
    back.write(home.models("titanic") / "300")
    version_map.record(home.registry("titanic"), version_map.entry_of(back, blessed=True))
    manifest = homes.archive_of(home, back).manifest
    assert (manifest.version, manifest.serving_version) == ("1.0.0", 100)


def _card(**changes: Any) -> ModelCard:
    base = ModelCard(
        name="titanic", task="Regression", label="y", inputs={}, outputs=["value"], classes=None,
        configuration={"features": {}, "model": {}, "training": {}}, code="c0de", pushed_at="2026-01-01T00:00:00+00:00",
    )  # fmt: skip
    return dataclasses.replace(base, **changes)
