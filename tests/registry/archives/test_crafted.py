"""Archives of somebody who knows the format, and makes all hashes fit: refused, whatever they are to reach."""

import dataclasses
import hashlib
import json
import tarfile
from collections.abc import Callable
from typing import Any

import pytest

from registry.archives import manifest as form
from registry.archives.manifest import Manifest, Member
from tests.registry.archives.reading import refused, unpacked


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
