"""One process at a time changes a dataset's registry and its pushed models."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from schemas import events
from schemas.lock import only_one

_LOCK = ".lock"


@contextmanager
def changing(registry: Path) -> Iterator[None]:
    """Holds the registry of a dataset; publishes ``events.Waiting`` while another process does."""
    registry.mkdir(parents=True, exist_ok=True)
    waiting = events.Waiting("push", "another process changes the versions; waiting for it to end")
    with only_one(registry / _LOCK, lambda _: events.publish(waiting)):
        yield
