"""Makes the archive of a version of this home."""

import dataclasses
import hashlib
import json
import os
import stat
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from registry import dossier, pushed, version_map
from registry.archives import manifest as form
from registry.archives.manifest import Manifest, Member
from schemas.errors import InputError
from schemas.model_card import ModelCard

_CHUNK = 1 << 20


@dataclass(frozen=True)
class Archive:
    """An archive that is written as it is read, so that no copy of the model is made.

    Attributes:
      manifest: what it holds.
      sources: the file of each member, by its path in the archive.
    """

    manifest: Manifest
    sources: Mapping[str, Path]

    def chunks(self) -> Iterator[bytes]:
        """The bytes, in pieces of at most 1 MiB. Raises InputError if a file is no longer what the manifest says."""
        digest = hashlib.sha256()
        for chunk in self._content():
            digest.update(chunk)
            yield chunk
        text = digest.hexdigest().encode()
        yield form.header(form.DIGEST, len(text)) + text + form.padding(len(text)) + form.END

    def _content(self) -> Iterator[bytes]:
        # Keys are not sorted: the order of a card's inputs and metrics is that of the page.
        text = json.dumps(self.manifest.to_json(), ensure_ascii=False).encode()
        if len(text) > form.LARGEST_MANIFEST:
            raise InputError(f"{self.manifest.name} {self.manifest.version} has too many files for an archive")
        yield form.header(form.MANIFEST, len(text)) + text + form.padding(len(text))
        for member in self.manifest.members:
            yield form.header(member.path, member.size)
            yield from self._file(member)
            yield form.padding(member.size)

    def _file(self, member: Member) -> Iterator[bytes]:
        path, size, digest = self.sources[member.path], 0, hashlib.sha256()
        with path.open("rb") as file:
            while chunk := file.read(_CHUNK):
                size += len(chunk)
                digest.update(chunk)
                if size <= member.size:
                    yield chunk
        if (size, digest.hexdigest()) != (member.size, member.sha256):
            raise InputError(f"{path} was changed while it was read; run the command again")


def of_version(models: Path, registry: Path, name: str, version: str | None = None) -> Archive:
    """The archive of a pushed version, with its dossier and its statistics where they are there.

    Args:
      models, registry: the folders of this model in the home.
      version: semantic or integer, or a label; the newest without it.

    Raises:
      InputError: there is no such version, it has no card, or a file of it cannot be read or is a link.
    """
    chosen = ModelCard.read(pushed.find(models, name, version))
    # Of the folders of a version the first: the others are of rollbacks, which mean nothing elsewhere.
    model, card = next(
        (f, c) for f in version_map.folders(models) if (c := ModelCard.read(f)).version == chosen.version
    )
    number = card.serving_version
    entry = next(
        # The card is the truth, as in version_map.reconcile, which makes an entry that is missing in the same way.
        (dataclasses.replace(e, card=card) for e in version_map.entries(registry) if e.serving_version == number),
        version_map.entry_of(card, blessed=True),
    )
    if card.version is None or card.serving_version is None:
        raise InputError(f"the card of {model} names no version; push a model that a run has made")
    sources = dict(_files(model, form.MODEL))
    sources |= _files(dossier.folder(registry, card.version, None), form.DOSSIER)
    statistics = dossier.past_statistics(registry, card)
    if statistics.is_file():
        sources[form.STATISTICS] = statistics
    manifest = Manifest(
        format=form.FORMAT,
        name=name,
        version=card.version,
        serving_version=card.serving_version,
        entry=entry,
        members=tuple(_member(path, sources[path]) for path in sorted(sources)),
    )
    if found := next(form.problems(manifest), None):
        raise InputError(f"{model} cannot be put into an archive: {found}")
    return Archive(manifest, sources)


def _files(folder: Path, root: str) -> Iterator[tuple[str, Path]]:
    """The files of a folder by their paths in the archive; none where there is no folder."""
    for path in sorted(folder.rglob("*")):
        kind = path.lstat().st_mode
        if stat.S_ISREG(kind):
            yield f"{root}/{path.relative_to(folder).as_posix()}", path
        elif not stat.S_ISDIR(kind):
            raise InputError(f"{path} is a link or no file, which an archive cannot hold; put the file itself there")


def _member(path: str, source: Path) -> Member:
    try:
        with source.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
            return Member(path, os.fstat(file.fileno()).st_size, digest)
    except OSError as error:
        raise InputError(f"{source} cannot be read: {error.strerror}") from error
