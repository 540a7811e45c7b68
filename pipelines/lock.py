"""One run of a dataset at a time; a second one waits. The lock goes with the process, however it ends."""

import fcntl
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path


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
            held.seek(0)
            waiting(held.read().strip() or "unknown")
            fcntl.flock(held, fcntl.LOCK_EX)
        held.truncate(0)
        held.write(str(os.getpid()))
        held.flush()
        yield
