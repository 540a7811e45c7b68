"""One process at a time, also of several machines that share a file system; a second one waits.

The lock goes with the process, however it ends: it is the kernel's (flock), and not the file's existence.
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
    # "a+" and not "w": opening must not empty the file, from which a process that waits reads the other one's id. Nor is the
    # file ever removed: a process that waits would get the lock of a file that the next one no longer finds.
    with file.open("a+") as locked:
        try:
            fcntl.flock(locked, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            waiting(_holder(locked))
            fcntl.flock(locked, fcntl.LOCK_EX)
        locked.truncate(0)
        locked.write(str(os.getpid()))
        locked.flush()
        yield


def _holder(locked: TextIO) -> str:
    """The process that has the lock; it writes its id a moment after it got it."""
    for _ in range(_TRIES):
        locked.seek(0)
        if found := locked.read().strip():
            return found
        time.sleep(_BETWEEN_SECONDS)
    return "unknown"
