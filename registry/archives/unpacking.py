"""Reads an archive, and refuses every one that ``packing`` would not have written."""

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import IO

from registry.archives import manifest as form
from registry.archives.manifest import Manifest, Member
from schemas.errors import InputError

_CHUNK = 1 << 20


class ArchiveError(InputError):
    """The archive was damaged or tampered with, or is of another format."""


def unpack(archive: IO[bytes], folders: Mapping[str, Path]) -> Manifest:
    """Writes the files of an archive into folders; the caller shows or removes these, as nothing is sure before the end.

    Args:
      archive: read from where it is to its end, once and in order.
      folders: where the files of ``model``, ``dossier`` and ``statistics.pb`` go, by the first part of their paths; these
        folders are there and empty.

    Returns:
      The manifest; every file is as it says.

    Raises:
      ArchiveError: the archive is not whole, or not one that Slipway makes.
      OSError: a file cannot be written.
    """
    source = _Source(archive)
    manifest = _manifest(source)
    for member in manifest.members:
        source.expect(form.header(member.path, member.size), f"the header of {member.path}")
        target = folders[member.path.split("/")[0]].joinpath(*_below(member))
        target.parent.mkdir(parents=True, exist_ok=True)
        _copy(source, member, target)
        source.expect(form.padding(member.size), f"the end of {member.path}")
    text = source.digest.hexdigest().encode()
    source.expect(form.header(form.DIGEST, len(text)) + text + form.padding(len(text)), "the sha256 of the archive")
    source.expect(form.END, "the end of the archive")
    if archive.read(1):
        raise ArchiveError("bytes follow the end of the archive")
    return manifest


def _below(member: Member) -> list[str]:
    return member.path.split("/")[1:] or [member.path]


class _Source:
    """The archive's bytes, in order, with the sha256 of those that were read."""

    def __init__(self, archive: IO[bytes]) -> None:
        self.digest = hashlib.sha256()
        self._archive = archive

    def read(self, size: int, where: str) -> bytes:
        """Exactly ``size`` bytes."""
        found = self._archive.read(size)
        if len(found) != size:
            raise ArchiveError(f"it ends within {where}")
        self.digest.update(found)
        return found

    def expect(self, expected: bytes, where: str) -> None:
        """Reads bytes that can have but one value."""
        if self.read(len(expected), where) != expected:
            raise ArchiveError(f"{where} is not what the manifest says")


def _manifest(source: _Source) -> Manifest:
    head = source.read(form.BLOCK, "the header of the manifest")
    try:
        size = int(head[124:136].rstrip(b"\0"), 8)  # the field of a tar header that has the size
    except ValueError:
        size = -1
    if not 0 <= size <= form.LARGEST_MANIFEST or head != form.header(form.MANIFEST, size):
        raise ArchiveError(f"it does not begin with {form.MANIFEST}, so that it is no archive of a version")
    text = source.read(size, form.MANIFEST)
    source.expect(form.padding(size), f"the end of {form.MANIFEST}")
    try:
        content = json.loads(text)
        found = content.get("format") if isinstance(content, dict) else None
        if found != form.FORMAT:  # before the rest is read, which another format may write in another way
            raise ValueError(f"format {found} is not known to this Slipway, which reads format {form.FORMAT}")
        manifest = Manifest.from_json(content)
    except (ValueError, RecursionError) as error:
        raise ArchiveError(f"{form.MANIFEST}: {' '.join(str(error).split())[:300]}") from error
    if problem := next(form.problems(manifest), None):
        raise ArchiveError(f"{form.MANIFEST}: {problem}")
    return manifest


def _copy(source: _Source, member: Member, target: Path) -> None:
    digest, left = hashlib.sha256(), member.size
    with target.open("xb") as file:
        while left:
            chunk = source.read(min(left, _CHUNK), member.path)
            digest.update(chunk)
            file.write(chunk)
            left -= len(chunk)
    if digest.hexdigest() != member.sha256:
        raise ArchiveError(f"{member.path} has another sha256 than the manifest says")
