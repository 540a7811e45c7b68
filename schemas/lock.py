"""One process at a time, also of several machines that share a file system; a second one waits.

The lock goes with the process, however it ends.
"""

import fcntl
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

_TRIES, _BETWEEN_SECONDS = 20, 0.05


@contextmanager
def only_one(file: Path, waiting: Callable[[str], None]) -> Iterator[None]:
    """Holds ``file`` locked while the context is open.

    Args:
      waiting: called once with the other process's id if the lock is not free at once.
    """
    with file.open("a+") as held:
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            waiting(_holder(held))
            fcntl.flock(held, fcntl.LOCK_EX)
        held.truncate(0)
        held.write(str(os.getpid()))
        held.flush()
        yield


def _holder(held: TextIO) -> str:
    """The process that has the lock; it writes its id a moment after it got it."""
    for _ in range(_TRIES):
        held.seek(0)
        if found := held.read().strip():
            return found
        time.sleep(_BETWEEN_SECONDS)
    return "unknown"
