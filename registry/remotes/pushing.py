"""Pushes the archive of a version to a remote."""

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from registry.archives.packing import Archive
from registry.remotes import index as layout
from registry.remotes.index import Index, Part
from registry.remotes.store import Store
from schemas import events
from schemas.errors import InputError
from schemas.json_record import JsonRecord


@dataclass(frozen=True, kw_only=True)
class Pushed(JsonRecord):
    """What a push did.

    Attributes:
      model, version, serving_version: which model it was.
      remote: the remote's address, without a password.
      sha256, bytes: of the archive.
      sent: the bytes that were not there before.
      already_there: whether the remote had this model.
      dossier: whether the archive has the version's dossier.
    """

    model: str
    version: str
    serving_version: int
    remote: str
    sha256: str
    bytes: int
    sent: int
    already_there: bool
    dossier: bool


def push(archive: Archive, store: Store, *, replace: bool = False, part_size: int = layout.PART_SIZE) -> Pushed:
    """Sends the parts that the remote does not have, then the index; publishes ``events.Bytes``.

    Args:
      replace: whether another content of this version is replaced, and every part sent again.
      part_size: bytes of a part, at most ``PART_SIZE``.

    Raises:
      InputError: the remote has another model of this version, or an error of the remote.
    """
    ours = index_of(archive, part_size)
    there = None if replace else _there(store, ours)
    sent = 0
    if there is None:
        sent = _send(archive, store, ours, part_size, again=replace)
        _publish(store, ours, replace=replace)
    return Pushed(
        model=ours.name,
        version=ours.version,
        serving_version=ours.serving_version,
        remote=store.address.shown,
        sha256=(there or ours).sha256,
        bytes=(there or ours).size,
        sent=sent,
        already_there=there is not None,
        dossier=(there or ours).dossier,
    )


def index_of(archive: Archive, part_size: int) -> Index:
    """The index of an archive that lies in parts of this size."""
    whole, parts = hashlib.sha256(), []
    for content in parts_of(archive.chunks(), part_size):
        whole.update(content)
        parts.append(Part(hashlib.sha256(content).hexdigest(), len(content)))
    manifest = archive.manifest
    return Index(
        format=layout.FORMAT,
        name=manifest.name,
        version=manifest.version,
        serving_version=manifest.serving_version,
        weights=str(manifest.entry.card.weights),
        dossier=manifest.has_dossier,
        sha256=whole.hexdigest(),
        size=sum(part.size for part in parts),
        parts=tuple(parts),
    )


def parts_of(chunks: Iterable[bytes], size: int) -> Iterator[bytes]:
    """The same bytes in parts of ``size``; the last one may be smaller."""
    kept = bytearray()
    for chunk in chunks:
        kept += chunk
        while len(kept) >= size:
            yield bytes(kept[:size])
            del kept[:size]
    if kept:
        yield bytes(kept)


def _there(store: Store, ours: Index) -> Index | None:
    """The index of this model on the remote; None where it has none."""
    if ours.path.split("/")[-1] not in (store.sizes(ours.name) or {}):
        return None
    theirs = layout.read(store.read(ours.path, layout.LARGEST), ours.name, ours.version, store.place(ours.path))
    if theirs.weights != ours.weights:
        raise InputError(
            f"{store.address.shown} has another {ours.name} {ours.version}, of the weights {theirs.weights[:12]} and not "
            f"{ours.weights[:12]}; nothing was sent; push to another remote, or replace it with --replace"
        )
    if theirs.sha256 != ours.sha256:
        events.publish(
            events.Note(
                f"{store.address.shown} has this model, with another dossier, card or outcome of the cases; "
                "--replace sends those of this home"
            )
        )
    return theirs


def _send(archive: Archive, store: Store, ours: Index, part_size: int, *, again: bool) -> int:
    """Writes the parts that are missing; returns their bytes."""
    # A part that an interrupted push left is smaller: its name alone does not say that it is whole.
    found = {} if again else store.sizes(ours.folder) or {}
    what, done, sent = f"{ours.name} {ours.version}", 0, 0
    for (name, part), content in zip(ours.part_names(), parts_of(archive.chunks(), part_size), strict=True):
        if found.get(name) != part.size:
            store.write(f"{ours.folder}/{name}", content)
            sent += part.size
        done += part.size
        events.publish(events.Bytes(what, done, ours.size))
    return sent


def _publish(store: Store, ours: Index, *, replace: bool) -> None:
    """Writes the index, and makes sure that it is ours that is read."""
    if not replace and _there(store, ours) is not None:
        return  # another push of the same model was faster
    store.publish(ours.path, ours.to_bytes())
    if store.read(ours.path, layout.LARGEST) != ours.to_bytes():
        raise InputError(
            f"{store.place(ours.path)}: another push replaced it at the same moment; run the command again"
        )
    if replace:
        wanted = {name for name, _ in ours.part_names()}
        for name in set(store.sizes(ours.folder) or {}) - wanted:
            store.remove(f"{ours.folder}/{name}")
