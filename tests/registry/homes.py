"""Homes with versions whose files are as small as a test needs them; the cards and the map are real."""

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path

from registry import version_map
from registry.archives import packing
from registry.archives.packing import Archive
from schemas.home import Home
from schemas.model_card import ModelCard
from schemas.records import Check

FILES = {"saved_model.pb": b"graph", "variables/variables.index": b"index", "assets/words.txt": b"a\nb\n"}
DOSSIER = {"analysis.json": b"{}", "statistics/train.pb": b"\x0a\x00"}


def home_at(folder: Path) -> Home:
    """A home that is not there yet."""
    return Home(folder, folder / "data")


def add_version(
    home: Home, card: ModelCard, files: Mapping[str, bytes] = FILES, dossier: Mapping[str, bytes] = DOSSIER
) -> ModelCard:
    """Pushes a model as the Pusher does, with a hash of the files for its weights; returns its card."""
    weights = hashlib.sha256(repr(sorted(files.items())).encode()).hexdigest()
    changes = {"run_id": f"run of {card.version}", "weights": weights}
    card = type(card)(**(vars(card) | changes))
    models, registry = home.models(card.name), home.registry(card.name)
    write(models / str(card.serving_version), files)
    card.write(models / str(card.serving_version))
    if dossier:
        write(registry / str(card.version), dossier)
        record = {"run_id": card.run_id, "card": {"serving_version": card.serving_version, "later": [1]}}
        (registry / str(card.version) / "record.json").write_text(json.dumps(record))
    write(registry / "statistics", {f"{card.serving_version}.pb": b"statistics"})
    checks = (Check("threshold", "auc", 0.9, 0.8, 0.1, True),)
    version_map.record(registry, version_map.entry_of(card, blessed=True, checks=checks))
    return card


def write(folder: Path, files: Mapping[str, bytes]) -> None:
    """Writes files by their paths."""
    for path, content in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(content)


def archive_of(home: Home, card: ModelCard) -> Archive:
    """The archive of a version that the home has."""
    return packing.of_version(home.models(card.name), home.registry(card.name), card.name, card.version)


def tree(folder: Path) -> dict[str, bytes]:
    """Every file below a folder by its path."""
    files = (path for path in sorted(folder.rglob("*")) if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}


def state(home: Home) -> dict[str, bytes]:
    """Every file of a home but the locks, which say nothing."""
    return {
        path: content
        for path, content in tree(home.root).items()
        if not path.endswith("/.lock") and ".pull.lock" not in path
    }
