"""Pulls a version from a remote into this home."""

import contextlib
import hashlib
import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from registry import installing, version_map
from registry.archives.manifest import Manifest
from registry.archives.unpacking import ArchiveError, unpack
from registry.remotes import index as layout
from registry.remotes.index import Index, Part
from registry.remotes.store import Store
from registry.versioning import parse
from schemas import events
from schemas.errors import InputError
from schemas.files import part_of
from schemas.home import Home
from schemas.json_record import JsonRecord
from schemas.lock import only_one
from schemas.model_card import ModelCard

_LOCK = ".pull.lock"


@dataclass(frozen=True, kw_only=True)
class Pulled(JsonRecord):
    """What a pull did.

    Attributes:
      model, version, serving_version: which model it was; the serving version is that of this home.
      remote: the remote's address, without a password.
      folder: of the model.
      sha256, bytes: of the archive.
      received: the bytes that were not here before.
      already_here: whether this home had the version.
      dossier: whether the archive has the version's dossier.
      newest: whether it is now the version that is served and asked where none is named.
    """

    model: str
    version: str
    serving_version: int
    remote: str
    folder: str
    sha256: str
    bytes: int
    received: int
    already_here: bool
    dossier: bool
    newest: bool


def versions(store: Store, name: str) -> list[str]:
    """The versions of a model that a remote has, by rising number.

    Raises:
      InputError: it has none; the message says which models it has.
    """
    found = layout.versions(store.sizes(name) or {})
    if found:
        return sorted(found, key=parse)
    root = store.sizes("")
    if root is None:
        raise InputError(f"{store.address.shown}: there is no such bucket or folder")
    models = sorted(other for other, size in root.items() if size is None and not other.startswith("."))[:20]
    has = f"it has {', '.join(models)}" if models else "it is empty"
    raise InputError(f"{store.address.shown} has no version of {name!r}; {has}")


def index(store: Store, name: str, version: str | None) -> Index:
    """What a remote has of a version, or of the newest. Raises InputError for an unknown version or a damaged index."""
    known = versions(store, name)
    if version is not None and version not in known:
        raise InputError(f"{store.address.shown} has no {name} {version}; its versions are {', '.join(known)}")
    chosen = version or known[-1]
    path = layout.path_of(name, chosen)
    return layout.read(store.read(path, layout.LARGEST), name, chosen, store.place(path))


def pull(store: Store, home: Home, name: str, version: str | None = None, sha256: str | None = None) -> Pulled:
    """Receives what is missing of an archive, verifies it, and shows its version in this home.

    Publishes ``events.Bytes``. What was received stays if the pull is interrupted, and the next one goes on from there.

    Args:
      version: semantic; the newest of the remote without it.
      sha256: of the archive, as ``push`` said it; any is taken without it.

    Raises:
      InputError: there is no such version, it is damaged or another one than ``sha256`` says, this home has another model of
        this version, or an error of the remote or of a disk. This home has the models that it had before.
    """
    theirs = index(store, name, version)
    if sha256 is not None and theirs.sha256 != sha256.lower():
        raise InputError(
            f"{store.place(theirs.path)}: the archive has the sha256 {theirs.sha256}, not {sha256}; nothing was changed"
        )
    models, registry = home.models(name), home.registry(name)
    with _folders(models, registry), _locked(registry, name):
        received, card = 0, installing.present(models, registry, name, theirs.version, theirs.weights)
        here = card is not None
        if card is None:
            received, card = _receive(store, theirs, models, registry)
        number = card.serving_version or 0
        return Pulled(
            model=name,
            version=theirs.version,
            serving_version=number,
            remote=store.address.shown,
            folder=str(models / str(number)),
            sha256=theirs.sha256,
            bytes=theirs.size,
            received=received,
            already_here=here,
            dossier=theirs.dossier,
            newest=version_map.folders(models)[-1].name == str(number),
        )


@contextlib.contextmanager
def _folders(models: Path, registry: Path) -> Iterator[None]:
    """Makes the model's folders, and removes those that are empty at the end; an error of a disk becomes an InputError."""
    made = [folder for folder in (models, registry, models.parent, registry.parent) if not folder.exists()]
    try:
        models.mkdir(parents=True, exist_ok=True)
        registry.mkdir(parents=True, exist_ok=True)
        yield
    except OSError as error:  # of this machine: the store turns its own into InputErrors
        raise InputError(
            f"cannot write to {error.filename or models}: {error.strerror}; nothing was changed"
        ) from error
    finally:
        for folder in made:
            with contextlib.suppress(OSError):  # it has files
                folder.rmdir()


@contextlib.contextmanager
def _locked(registry: Path, name: str) -> Iterator[None]:
    """One pull of a model at a time. Not the lock of the version map: a run could not push for as long as a transfer takes."""
    text = f"another process pulls {name}; waiting for it to end"
    with only_one(registry / _LOCK, lambda _: events.publish(events.Waiting("push", text))):
        yield


def _receive(store: Store, theirs: Index, models: Path, registry: Path) -> tuple[int, ModelCard]:
    """Returns the bytes that were received, and the card of the version that is now there."""
    part = part_of(registry / f"{theirs.version}.slipway")
    with part.open("a+b") as file:
        received = _download(store, theirs, file)
        file.seek(0)
        whole = hashlib.file_digest(file, "sha256").hexdigest()
        file.seek(0)
        try:
            if whole != theirs.sha256:  # parts that fit their own hashes say nothing of what `sha256` was asked for
                raise ArchiveError("it has another sha256 than the index says")
            with installing.staged(models, registry, theirs.version) as staged:
                manifest = unpack(file, staged.folders)
                _compare(manifest, theirs)
                card = installing.install(models, registry, staged, manifest)
        except ArchiveError as error:
            part.unlink()
            raise InputError(
                f"the archive of {theirs.name} {theirs.version} at {store.address.shown} is refused: {error}; nothing was "
                "changed; have the version pushed again with --replace"
            ) from error
    part.unlink()
    return received, card


def _compare(manifest: Manifest, theirs: Index) -> None:
    card = manifest.entry.card
    inside = (manifest.name, manifest.version, manifest.serving_version, card.weights, manifest.has_dossier)
    if inside != (theirs.name, theirs.version, theirs.serving_version, theirs.weights, theirs.dossier):
        raise ArchiveError("its manifest and the remote's index are of different models")


def _download(store: Store, theirs: Index, file: IO[bytes]) -> int:
    """Appends the parts that are missing in ``file``, each after it was verified; returns their bytes."""
    kept = _whole_parts(theirs, file)
    done = sum(part.size for part in theirs.parts[:kept])
    _need_space(theirs, done, Path(file.name).parent)
    what, received = f"{theirs.name} {theirs.version}", 0
    for name, part in list(theirs.part_names())[kept:]:
        path = f"{theirs.folder}/{name}"
        content = store.read(path, part.size)
        if (len(content), hashlib.sha256(content).hexdigest()) != (part.size, part.sha256):
            raise InputError(
                f"{store.place(path)} is not what the index says: it was damaged or tampered with; nothing was changed; "
                "have the version pushed again with --replace"
            )
        file.write(content)
        file.flush()
        done, received = done + part.size, received + part.size
        events.publish(events.Bytes(what, done, theirs.size))
    return received


def _whole_parts(theirs: Index, file: IO[bytes]) -> int:
    """How many parts an earlier attempt left; what follows them is cut off."""
    file.seek(0)
    whole = 0
    for part in theirs.parts:
        if not _is_next(file, part):
            break
        whole += 1
    file.truncate(sum(part.size for part in theirs.parts[:whole]))
    file.seek(0, os.SEEK_END)
    return whole


def _is_next(file: IO[bytes], part: Part) -> bool:
    return hashlib.sha256(file.read(part.size)).hexdigest() == part.sha256


def _need_space(theirs: Index, done: int, folder: Path) -> None:
    needed, free = 2 * theirs.size - done, shutil.disk_usage(folder).free
    if needed > free:
        raise InputError(
            f"{theirs.name} {theirs.version} needs {needed / 1e6:.0f} MB while it is unpacked, and {folder} has "
            f"{free / 1e6:.0f} MB free; free some space, or set SLIPWAY_HOME to a folder of another disk"
        )
