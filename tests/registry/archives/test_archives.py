"""The archive of a version: what goes in comes out, and nothing else is taken."""

import dataclasses
import hashlib
import io
import json
import random
import tarfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from registry import version_map
from registry.archives import manifest as form
from registry.archives.manifest import Manifest, Member
from registry.archives.unpacking import ArchiveError, unpack
from schemas.errors import InputError
from schemas.model_card import ModelCard
from tests.registry import homes

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


@contextmanager
def unpacked(content: bytes) -> Iterator[tuple[Manifest, dict[str, bytes]]]:
    """The manifest of an archive, and the files that came out of it."""
    with TemporaryDirectory() as text:
        folder = Path(text)
        for name in ("model", "dossier", "rest"):
            (folder / name).mkdir()
        places = {form.MODEL: folder / "model", form.DOSSIER: folder / "dossier", form.STATISTICS: folder / "rest"}
        yield unpack(io.BytesIO(content), places), homes.tree(folder)


def refused(content: bytes) -> str:
    """Why an archive is refused."""
    with pytest.raises(ArchiveError) as caught, unpacked(content):
        pass
    return str(caught.value)


def numbered(make_card: MakeCard) -> ModelCard:
    return make_card(version="1.2.0", serving_version=1700000000)


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory, make_card: MakeCard) -> bytes:
    """Of a version with a dossier."""
    home = homes.home_at(tmp_path_factory.mktemp("home"))
    return b"".join(homes.archive_of(home, homes.add_version(home, numbered(make_card))).chunks())


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


def crafted(archive: bytes, change: Callable[[Manifest], Manifest], files: dict[str, bytes] | None = None) -> bytes:
    """An archive with another manifest whose hashes all fit: what somebody makes who knows the format."""
    with unpacked(archive) as (manifest, found):
        changed = change(manifest)
    contents = {member.path: _content(found, member.path) for member in manifest.members} | (files or {})
    text = json.dumps(changed.to_json()).encode()
    parts = [form.header(form.MANIFEST, len(text)) + text + form.padding(len(text))]
    for member in changed.members:
        content = contents.get(member.path, b"")
        parts.append(_header(member.path, len(content)) + content + form.padding(len(content)))
    digest = hashlib.sha256(b"".join(parts)).hexdigest().encode()
    return b"".join([*parts, form.header(form.DIGEST, 64), digest, form.padding(64), form.END])


def _content(found: dict[str, bytes], path: str) -> bytes:
    return found[f"rest/{path}" if path == form.STATISTICS else path]


def _header(path: str, size: int) -> bytes:
    try:
        return form.header(path, size)
    except UnicodeEncodeError:
        return bytes(512)


def with_members(*members: Member) -> Callable[[Manifest], Manifest]:
    def change(manifest: Manifest) -> Manifest:
        return dataclasses.replace(
            manifest, members=tuple(sorted((*manifest.members, *members), key=lambda one: one.path))
        )

    return change


def member(path: str, content: bytes = b"x") -> Member:
    return Member(path, len(content), hashlib.sha256(content).hexdigest())


def test_a_crafted_archive_that_keeps_the_rules_is_read(archive: bytes) -> None:
    """Else the refusals below would prove nothing."""
    with unpacked(crafted(archive, with_members(member("model/new")), {"model/new": b"x"})) as (_, files):
        assert files["model/new"] == b"x"


def test_a_crafted_file_with_another_hash_is_refused(archive: bytes) -> None:
    content = crafted(archive, with_members(member("model/new", b"x")), {"model/new": b"y"})
    assert refused(content) == "model/new has another sha256 than the manifest says"


def test_bytes_hidden_behind_a_file_are_refused(archive: bytes) -> None:
    plain = crafted(archive, with_members(member("model/new")), {"model/new": b"x"})
    place = plain.index(form.header("model/new", 1)) + tarfile.BLOCKSIZE + 1
    end = len(plain) - len(form.END) - 2 * tarfile.BLOCKSIZE
    hidden = plain[:place] + b"hidden" + plain[place + 6 : end]
    digest = hashlib.sha256(hidden).hexdigest().encode()
    content = hidden + form.header(form.DIGEST, 64) + digest + form.padding(64) + form.END
    assert refused(content) == "the end of model/new is not what the manifest says"


@pytest.mark.parametrize(
    "path",
    [
        "../escaped", "model/../../escaped", "model/..", "/etc/passwd", "model//etc/passwd", "model/./saved", "C:/model",
        "model", "dossier", "model/", "", ".", "other/file", "versions.json", "statistics.pb/x", "model\\..\\escaped",
        "model/a\\b", "model/a\0b", "model/a\nb", "sha256", "manifest.json", "model/saved_model.pb/below",
        "model/" + "a" * 256, "model/" + "a/" * 500 + "a", "model/\ud800",
    ],
)  # fmt: skip
def test_a_path_that_leads_elsewhere_is_refused(archive: bytes, path: str) -> None:
    reason = refused(crafted(archive, with_members(member(path)), {path: b"x"}))
    assert reason.startswith("manifest.json: ") and "path" in reason


@pytest.mark.parametrize("kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.CHRTYPE, tarfile.DIRTYPE, tarfile.FIFOTYPE])
def test_links_devices_and_folders_are_refused(archive: bytes, kind: bytes) -> None:
    info = tarfile.TarInfo("model/new")
    info.type, info.linkname, info.size, info.mode = kind, "/etc/passwd", 0, 0o644
    plain = crafted(archive, with_members(member("model/new", b"")), {"model/new": b""})
    header = form.header("model/new", 0)
    assert plain.count(header) == 1
    assert "the header of model/new" in refused(plain.replace(header, info.tobuf(tarfile.PAX_FORMAT)))


def changed(**changes: Any) -> Callable[[Manifest], Manifest]:
    return lambda manifest: dataclasses.replace(manifest, **changes)


def in_card(**changes: Any) -> Callable[[Manifest], Manifest]:
    def change(manifest: Manifest) -> Manifest:
        card = dataclasses.replace(manifest.entry.card, **changes)
        return dataclasses.replace(manifest, entry=dataclasses.replace(manifest.entry, card=card))

    return change


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (changed(format=2), "format 2 is not known to this Slipway, which reads format 1"),
        (changed(name="../titanic"), "the name '../titanic'"),
        (changed(version="1.2.0/.."), "the version '1.2.0/..'"),
        (changed(version="1.3.0"), "its entry of the version map is of 1.2.0"),
        (changed(serving_version=0), "the serving version 0"),
        (changed(serving_version=1 << 63), "the serving version 9223372036854775808"),
        (in_card(name="digits"), "its entry of the version map is of 'digits'"),
        (in_card(weights=None), "its card has no hash of the weights"),
        (changed(members=()), "it has no model/saved_model.pb"),
        (with_members(Member("model/x", -1, "0" * 64)), "'model/x' has no valid size and sha256"),
        (with_members(Member("model/x", 1, "sha256")), "'model/x' has no valid size and sha256"),
        (with_members(member("model/x"), member("model/x")), "one is there twice"),
        (lambda m: dataclasses.replace(m, members=tuple(reversed(m.members))), "its paths are not sorted"),
    ],
)
def test_a_manifest_that_breaks_a_rule_is_refused(archive: bytes, change: Any, reason: str) -> None:
    assert reason in refused(crafted(archive, change))


def test_a_size_that_is_larger_than_the_archive_is_refused_before_anything_is_allocated(archive: bytes) -> None:
    def change(manifest: Manifest) -> Manifest:
        first, *others = manifest.members
        return dataclasses.replace(manifest, members=(dataclasses.replace(first, size=1 << 60), *others))

    assert "header" in refused(crafted(archive, change))


def test_a_manifest_that_claims_to_be_endless_is_refused() -> None:
    assert "does not begin with manifest.json" in refused(form.header(form.MANIFEST, form.LARGEST_MANIFEST + 1))
    assert "it ends within manifest.json" in refused(form.header(form.MANIFEST, form.LARGEST_MANIFEST))


@pytest.mark.parametrize("text", [b"[" * 100_000, b"{}", b"null", b"\xff", b'{"format": 1}', b'{"format": true}'])
def test_a_manifest_that_is_none_is_refused(text: bytes) -> None:
    content = form.header(form.MANIFEST, len(text)) + text + form.padding(len(text))
    assert refused(content).startswith("manifest.json: ")


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
