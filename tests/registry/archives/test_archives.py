"""The archive of a version: what goes in comes out, and nothing else is taken."""

import dataclasses
import hashlib
import io
import json
import random
import tarfile
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from registry import version_map
from schemas.errors import InputError
from schemas.model_card import ModelCard
from tests.registry import homes
from tests.registry.archives.reading import numbered, refused, unpacked

MakeCard = Callable[..., ModelCard]
NAMES = st.text(st.characters(exclude_categories=["C"], exclude_characters="/\\"), min_size=1, max_size=60).filter(
    lambda name: name not in (".", "..") and len(name.encode()) < 200
)
TREES = st.dictionaries(st.lists(NAMES, min_size=1, max_size=3).map(tuple), st.binary(max_size=2000), max_size=6).map(
    # No file below a file: no folder of a home has that either.
    lambda tree: {
        "/".join(path): content
        for path, content in tree.items()
        if not any(path[:depth] in tree for depth in range(1, len(path)))
    }
)


def test_a_version_comes_out_as_it_went_in(tmp_path: Path, make_card: MakeCard, archive: bytes) -> None:
    card = homes.add_version(homes.home_at(tmp_path), numbered(make_card))
    with unpacked(archive) as (manifest, files):
        assert (manifest.name, manifest.version, manifest.serving_version) == ("titanic", "1.2.0", 1700000000)
        assert manifest.entry.card == card and manifest.entry.checks[0].metric == "auc"
        assert {path.removeprefix("model/"): files[path] for path in files if path.startswith("model/")} == homes.tree(
            tmp_path / "models" / "titanic" / "1700000000"
        )
        dossier = homes.tree(tmp_path / "registry" / "titanic" / "1.2.0")
        assert {path.removeprefix("dossier/"): files[path] for path in files if path.startswith("dossier/")} == dossier
        assert files["rest/statistics.pb"] == b"statistics"


def test_it_is_a_tar_file_with_hashes_that_other_tools_read(archive: bytes) -> None:
    with tarfile.open(fileobj=io.BytesIO(archive)) as tar:
        names = tar.getnames()
        contents = {name: tar.extractfile(name).read() for name in names}  # type: ignore[union-attr]
    assert (names[0], names[-1]) == ("manifest.json", "sha256")
    for member in json.loads(contents["manifest.json"])["members"]:
        assert hashlib.sha256(contents[member["path"]]).hexdigest() == member["sha256"]
    end = archive.rindex(contents["sha256"]) - tarfile.BLOCKSIZE
    assert hashlib.sha256(archive[:end]).hexdigest().encode() == contents["sha256"]


def test_the_same_version_gives_the_same_bytes_in_any_home(tmp_path: Path, make_card: MakeCard, archive: bytes) -> None:
    home = homes.home_at(tmp_path / "elsewhere")
    card = homes.add_version(home, numbered(make_card))
    for path in home.models("titanic").rglob("*"):
        path.chmod(0o700)
    assert b"".join(homes.archive_of(home, card).chunks()) == archive


def test_a_version_without_dossier_and_statistics_is_an_archive(tmp_path: Path, make_card: MakeCard) -> None:
    home = homes.home_at(tmp_path)
    card = homes.add_version(home, numbered(make_card), dossier={})
    (home.registry("titanic") / "statistics" / "1700000000.pb").unlink()
    with unpacked(b"".join(homes.archive_of(home, card).chunks())) as (manifest, files):
        assert not manifest.has_dossier and {path.split("/")[0] for path in files} == {"model"}


def test_an_entry_that_a_crash_kept_from_being_written_is_made_of_the_card(tmp_path: Path, make_card: MakeCard) -> None:
    home = homes.home_at(tmp_path)
    card = homes.add_version(home, numbered(make_card))
    (home.registry("titanic") / version_map.FILE).unlink()
    manifest = homes.archive_of(home, card).manifest
    assert manifest.entry == version_map.entry_of(card, blessed=True)


@settings(max_examples=40)
@given(TREES, TREES)
def test_any_tree_comes_out_as_it_went_in(model: dict[str, bytes], dossier: dict[str, bytes]) -> None:
    with TemporaryDirectory() as folder:
        home = homes.home_at(Path(folder))
        model = model | {"saved_model.pb": b"graph"}
        card = homes.add_version(home, numbered(_make), model, dossier)
        content = b"".join(homes.archive_of(home, card).chunks())
        with unpacked(content) as (_, files):
            assert {f"model/{path}": text for path, text in model.items()}.items() <= files.items()
            assert {f"dossier/{path}": text for path, text in dossier.items()}.items() <= files.items()
            own = {"model/assets.extra/model_card.json", "dossier/record.json", "rest/statistics.pb"}
            assert len(files) == len(model) + len(dossier) + len(own & files.keys())


@given(st.data())
def test_every_byte_counts(archive: bytes, data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(archive) - 1))
    changed = bytearray(archive)
    changed[place] ^= data.draw(st.integers(1, 255))
    refused(bytes(changed))


@given(st.data())
def test_an_archive_that_ends_early_or_late_is_refused(archive: bytes, data: st.DataObject) -> None:
    refused(archive[: data.draw(st.integers(0, len(archive) - 1))])
    refused(archive + data.draw(st.binary(min_size=1, max_size=2000)))


@given(st.binary(max_size=3000))
def test_bytes_that_are_no_archive_are_refused(content: bytes) -> None:
    refused(content)


def test_a_file_that_is_changed_while_it_is_read_is_named(tmp_path: Path, make_card: MakeCard) -> None:
    home = homes.home_at(tmp_path)
    made = homes.archive_of(home, homes.add_version(home, numbered(make_card)))
    path = home.models("titanic") / "1700000000" / "saved_model.pb"
    for content in (b"Graph", b"longer than it was", b""):
        path.write_bytes(content)
        with pytest.raises(InputError, match=f"^{path} was changed while it was read; run the command again$"):
            list(made.chunks())


def test_a_link_is_not_followed_into_an_archive(tmp_path: Path, make_card: MakeCard) -> None:
    home = homes.home_at(tmp_path)
    card = homes.add_version(home, numbered(make_card))
    (tmp_path / "secret").write_text("secret")
    link = home.models("titanic") / "1700000000" / "assets" / "link"
    link.symlink_to(tmp_path / "secret")
    with pytest.raises(InputError, match=f"^{link} is a link"):
        homes.archive_of(home, card)


def test_chunks_are_small_however_large_a_file_is(tmp_path: Path, make_card: MakeCard) -> None:
    home = homes.home_at(tmp_path)
    files = {"saved_model.pb": random.Random(0).randbytes(3_500_000)}
    card = homes.add_version(home, numbered(make_card), files)
    chunks = list(homes.archive_of(home, card).chunks())
    assert max(map(len, chunks)) <= 1 << 20
    with unpacked(b"".join(chunks)) as (_, found):
        assert found["model/saved_model.pb"] == files["saved_model.pb"]


def _make(**changes: Any) -> ModelCard:
    base = ModelCard(
        name="titanic", task="Regression", label="y", inputs={}, outputs=["value"], classes=None,
        configuration={"features": {}, "model": {}, "training": {}}, code="c0de", run_id="r",
        pushed_at="2026-01-01T00:00:00+00:00",
    )  # fmt: skip
    return dataclasses.replace(base, **changes)
