"""Progress of a long step, told to whoever listens: the terminal on a laptop, the log in a cluster."""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager

Listener = Callable[[str], None]
AmountListener = Callable[[str, int, int | None], None]
_listeners: list[Listener] = []
_amount_listeners: list[AmountListener] = []


def report(message: str) -> None:
    """Tells every listener one line, e.g. "epoch 3/30, eval accuracy 0.95"."""
    logging.getLogger(__name__).info(message)
    for listener in _listeners:
        listener(message)


def amount(what: str, done: int, total: int | None) -> None:
    """Tells every listener how many bytes of ``what`` are done, often; ``total`` is None where it is not known."""
    for listener in _amount_listeners:
        listener(what, done, total)


@contextmanager
def listening(listener: Listener, amounts: AmountListener | None = None) -> Iterator[None]:
    """Calls ``listener`` with each line, and ``amounts`` with each amount, while the context is open."""
    _listeners.append(listener)
    if amounts is not None:
        _amount_listeners.append(amounts)
    try:
        yield
    finally:
        _listeners.remove(listener)
        if amounts is not None:
            _amount_listeners.remove(amounts)
