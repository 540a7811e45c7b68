"""What the commands that change versions share: a dataset that is known, and its lock."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from schemas.errors import InputError
from schemas.home import Home

if TYPE_CHECKING:
    from schemas.model_card import Decision


def registry_of(home: Home, name: str) -> Path:
    """The folder of a dataset's versions. Raises InputError for a name that is neither a page nor has versions."""
    from pipelines.page import catalog

    folder = home.registry(name)
    # A page that was renamed or removed leaves its versions, which may be looked after as before.
    if not folder.is_dir() and name not in catalog.names():
        raise catalog.unknown(name)
    return folder


@contextmanager
def locked(home: Home, name: str) -> Iterator[Path]:
    """Holds the versions of a dataset, and yields their folder; says so where another process has them.

    Raises InputError for a dataset that has none.
    """
    from registry.exclusive import changing
    from schemas import events

    folder = registry_of(home, name)
    if not folder.is_dir():
        raise InputError(f"no model of {name} has been trained yet; run: slipway run {name}")
    with events.listening(lambda event: print(event, file=sys.stderr, flush=True)), changing(folder):
        yield folder


def make_baseline(home: Home, name: str, version: str, decided: "Decision") -> bool:
    """Makes a pushed version the one that the next run is compared with; False where the metadata store does not know it.

    Raises StoreUnreachableError where the metadata server does not answer; the message says how to go on.
    """
    from pipelines.execution import blessings, metadata_store
    from pipelines.execution.blessings import Blessings
    from pipelines.execution.metadata_store import StoreUnreachableError
    from registry import dossier, version_map

    registry = home.registry(name)
    numbers = [e.serving_version for e in version_map.entries(registry) if e.version == version and e.serving_version]
    folder = dossier.folder(registry, version, None)
    uri = dossier.read(folder).model_uri if (folder / dossier.RECORD).exists() else None

    def find(found: Blessings) -> int | None:
        return (found.model_at(uri) if uri else None) or found.model_pushed_as(numbers)

    try:
        return blessings.make_last(metadata_store.from_environment(home), name, find, decided)
    except StoreUnreachableError as error:
        raise StoreUnreachableError(
            f"{name} {version} is pushed, and not yet what the next run is compared with: {error}; "
            f"then call: slipway rollback {name} {version}"
        ) from error


def note_baseline(compared: bool) -> None:
    """Says so where a decision did not reach the metadata store, as of a model that another home has trained."""
    if not compared:
        text = "the metadata store does not know this model: the next run is compared with the last blessed one that it knows"
        print(f"slipway: note: {text}", file=sys.stderr)
