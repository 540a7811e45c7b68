"""Models without memory for their weights."""

from collections.abc import Iterator
from contextlib import contextmanager

import keras
from keras.src.backend.common import global_state

_WAITING = "uninitialized_variables"


@contextmanager
def weightless() -> Iterator[None]:
    """Variables that are made while the context is open have a shape, and no value then or later."""
    with keras.StatelessScope(initialize_variables=False):
        try:
            yield
        finally:
            # Keras keeps them in a global, for a scope that initializes them all.
            global_state.set_global_attribute(_WAITING, [])
