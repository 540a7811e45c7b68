"""What the commands that change versions share: a dataset that is known, and its lock."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from schemas.errors import InputError
from schemas.home import Home


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


def note_baseline(compared: bool) -> None:
    """Says so where a decision did not reach the metadata store, as of a model that another home has trained."""
    if not compared:
        text = "the metadata store does not know this model: the next run is compared with the last blessed one that it knows"
        print(f"slipway: note: {text}", file=sys.stderr)
