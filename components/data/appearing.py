"""Files of an artifact that several processes may write at a time."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def appearing(path: Path) -> Iterator[Path]:
    """Yields where a file is written; it takes its name when it is whole, and is removed after an error.

    As ``schemas.files.replacing``, but each process has a place of its own, as Beam may run a block twice at a time; and
    nothing waits for the disk, as a step's outputs are written anew after a crash.
    """
    part = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        yield part
        part.replace(path)
    except BaseException:
        part.unlink(missing_ok=True)
        raise
