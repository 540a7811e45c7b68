"""Progress of a long step, told to whoever listens: the terminal on a laptop, the log in a cluster."""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager

Listener = Callable[[str], None]
_listeners: list[Listener] = []


def report(message: str) -> None:
    """Tells every listener one line, e.g. "epoch 3/30, eval accuracy 0.95"."""
    logging.getLogger(__name__).info(message)
    for listener in _listeners:
        listener(message)


@contextmanager
def listening(listener: Listener) -> Iterator[None]:
    """Calls ``listener`` with each line while the context is open."""
    _listeners.append(listener)
    try:
        yield
    finally:
        _listeners.remove(listener)
