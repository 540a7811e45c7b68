"""Shows a version that another home has made in this one: all of it, or nothing."""

import contextlib
import dataclasses
import json
import shutil
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from registry import dossier, version_map
from registry.archives import manifest as form
from registry.archives.manifest import Manifest
from registry.archives.unpacking import ArchiveError
from registry.exclusive import changing
from registry.version_map import Entry
from registry.versioning import parse
from schemas.errors import InputError
from schemas.files import write_whole
from schemas.model_card import ModelCard

_STAGED = ".pulling-"  # TensorFlow Serving and the version map pass over names that are no number

_ROOM = 1000  # between two versions of one second, for those that are pulled later and lie in between


@dataclass(frozen=True)
class Staged:
    """Hidden folders beside the places that the files of a version will have.

    Attributes:
      model, dossier: of the SavedModel and of the dossier.
      rest: the folder that has ``dossier`` and the statistics.
    """

    model: Path
    dossier: Path
    rest: Path

    @property
    def folders(self) -> Mapping[str, Path]:
        """As ``archives.unpacking.unpack`` takes them."""
        return {form.MODEL: self.model, form.DOSSIER: self.dossier, form.STATISTICS: self.rest}


@contextlib.contextmanager
def staged(models: Path, registry: Path, version: str) -> Iterator[Staged]:
    """Makes the folders, empty, and removes at the end what ``install`` left of them."""
    model, rest = (folder / f"{_STAGED}{version}" for folder in (models, registry))
    found = Staged(model, rest / form.DOSSIER, rest)
    try:
        for part in (model, rest):
            shutil.rmtree(part, ignore_errors=True)  # of an attempt that was killed
        for folder in (model, found.dossier):
            folder.mkdir(parents=True)
        yield found
    finally:
        for part in (model, rest):
            shutil.rmtree(part, ignore_errors=True)


def present(models: Path, registry: Path, name: str, version: str, weights: str | None) -> ModelCard | None:
    """The card of a version that this home has already; None where it has none, or its folder is gone.

    Raises:
      InputError: the home has another model of this version, or a folder without a card.
    """
    cards = version_map.cards(models)
    known = [entry.card for entry in version_map.entries(registry) if entry.version]
    for card in (*cards, *known):
        if card.version == version and card.weights != weights:
            raise InputError(
                f"this home has another {name} {version}, pushed at {card.pushed_at} with the weights "
                f"{str(card.weights)[:12]} and not {str(weights)[:12]}; pull it into another home (SLIPWAY_HOME)"
            )
    return next((card for card in reversed(cards) if card.version == version), None)  # a rollback has a second folder


def install(models: Path, registry: Path, parts: Staged, manifest: Manifest) -> ModelCard:
    """Gives the unpacked files their places, and the version its entry in the map; the folder of the model comes last.

    Publishes ``events.Waiting`` while a run pushes a model.

    Returns:
      The card; its serving version is that of the archive, or another one where this home needs one.

    Raises:
      InputError: as ``present``; ArchiveError: the card is not that of the manifest. Nothing was changed.
    """
    card = manifest.entry.card
    if ModelCard.read(parts.model) != card:
        raise ArchiveError("the card of the model is not that of the manifest")
    with changing(registry):
        entries = version_map.reconcile(models, registry)
        if found := present(models, registry, manifest.name, manifest.version, card.weights):
            return found
        entry = _with_serving_version(manifest.entry, _serving_version(entries, models, manifest))
        if entry.card != card:
            _rewrite(parts, entry.card)
        _place(models, registry, parts, manifest, entry)
        return entry.card


def _place(models: Path, registry: Path, parts: Staged, manifest: Manifest, entry: Entry) -> None:
    model, before = models / str(entry.serving_version), version_map.entries(registry)
    with contextlib.ExitStack() as undo:
        if manifest.has_dossier:
            _move(parts.dossier, registry / manifest.version, parts.rest / "replaced", undo)
        if (statistics := parts.rest / form.STATISTICS).exists():
            target = dossier.past_statistics(registry, entry.card)
            target.parent.mkdir(parents=True, exist_ok=True)
            _move(statistics, target, parts.rest / "replaced.pb", undo)
        version_map.insert(registry, entry)
        undo.callback(version_map.restore, registry, before)
        # Last: a server shows the version from here on, and whoever is killed before can pull again.
        parts.model.rename(model)
        undo.pop_all()


def _move(source: Path, target: Path, replaced: Path, undo: contextlib.ExitStack) -> None:
    """Renames, and keeps what was there for ``undo``."""
    if target.exists():  # of a version whose model folder was removed
        target.rename(replaced)
        undo.callback(replaced.rename, target)
    source.rename(target)
    undo.callback(target.rename, source)


def _with_serving_version(entry: Entry, serving_version: int) -> Entry:
    card = dataclasses.replace(entry.card, serving_version=serving_version)
    return dataclasses.replace(entry, serving_version=serving_version, card=card)


def _rewrite(parts: Staged, card: ModelCard) -> None:
    """Writes the card with its new serving version, also where the dossier repeats it."""
    card.write(parts.model)
    record = parts.dossier / dossier.RECORD
    if record.exists():
        content = json.loads(record.read_text(encoding="utf-8"))  # not as a record, which drops what it does not know
        content["card"]["serving_version"] = card.serving_version
        write_whole(record, json.dumps(content, indent=1, ensure_ascii=False))


def _serving_version(entries: list[Entry], models: Path, manifest: Manifest) -> int:
    """The archive's, where the order of this home's serving versions stays that of its versions; else one that keeps it.

    TensorFlow Serving shows the largest: an older version that is pulled must not take the newest one's place.
    """
    version = parse(manifest.version)
    others = [(parse(e.version), e.serving_version) for e in entries if e.version and e.serving_version]
    taken = {number for other, number in others if other != version}
    taken |= {int(folder.name) for folder in version_map.folders(models)}
    below = max((number for other, number in others if other < version), default=0)
    above = min((number for other, number in others if other > version), default=None)
    for wanted in (*(number for other, number in others if other == version), manifest.serving_version):
        if wanted not in taken and below < wanted and (above is None or wanted < above):
            return wanted
    if above is None:
        return max([int(time.time()), *(number + _ROOM for number in taken)])
    between = (below + above) // 2  # and not beside one of them, so that later pulls find a place there too
    if below < between and between not in taken:
        return between
    free = next((number for number in range(above - 1, 0, -1) if number not in taken), None)
    if free is None:
        raise InputError(f"no serving version below {above} is free for {manifest.name} {manifest.version}")
    return free
