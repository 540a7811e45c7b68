"""Files and folders that appear under their own name only when they are whole."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_PART = ".part"
_FILE_MODE = 0o666  # the permissions that open() gives, less the umask
OWNER_ONLY = 0o600


def part_of(path: Path) -> Path:
    """Where a file or folder is written before it takes its name: beside it, hidden, and the same for every attempt."""
    return path.with_name(f".{path.name}{_PART}")


def write_whole(path: Path, content: str | bytes, *, mode: int = _FILE_MODE, parents: bool = True) -> None:
    """Writes a file that replaces the one before in one moment; a reader, and a crash, sees the one or the other.

    Writers of one file must not work at the same time: they share ``part_of``.

    Args:
      content: bytes, or text that is written as UTF-8.
      mode: the file's permissions, less the umask; it never has others, not even while it is written.
      parents: whether a missing folder is made.

    Raises:
      OSError: it cannot be written; nothing is left of it, and the file before stays.
    """
    data = content.encode() if isinstance(content, str) else content
    with replacing(path, parents=parents) as part:
        part.touch(mode, exist_ok=False)  # else an existing file, or a link, would bring permissions of its own
        part.write_bytes(data)


@contextmanager
def replacing(path: Path, *, parents: bool = True) -> Iterator[Path]:
    """``write_whole`` for a library that writes a file by its path: yields that path, which does not exist yet.

    The file takes its place when the context ends without an error, and is removed after one.
    """
    if parents:
        path.parent.mkdir(parents=True, exist_ok=True)
    part = part_of(path)
    part.unlink(missing_ok=True)  # of an attempt that was killed
    try:
        yield part
        _synchronize(part)
        os.replace(part, path)
    except BaseException:  # Ctrl-C among them: nothing half written stays
        part.unlink(missing_ok=True)
        raise


@contextmanager
def whole_folder(path: Path, part: Path | None = None) -> Iterator[Path]:
    """Yields an empty folder that is renamed to ``path`` when the context ends without an error, and removed after one.

    Args:
      part: where it is until then, on the same file system; ``part_of(path)`` unless it is given.

    Raises:
      OSError: it cannot be written, or ``path`` is there and not empty.
    """
    part = part or part_of(path)
    shutil.rmtree(part, ignore_errors=True)  # of an attempt that was killed
    try:
        part.mkdir(parents=True)
        yield part
        part.rename(path)  # refused where there is a folder with files: a pushed version is never overwritten
    except BaseException:
        shutil.rmtree(part, ignore_errors=True)
        raise


@contextmanager
def replaced_folder(path: Path) -> Iterator[Path]:
    """``whole_folder`` for a folder that may be there already: the new one takes its place."""
    # A folder with files cannot be renamed over: for a moment there is none, and never half of one.
    old = path.with_name(f".{path.name}.old")
    part = part_of(path)
    shutil.rmtree(part, ignore_errors=True)  # of an attempt that was killed
    try:
        part.mkdir(parents=True)
        yield part
        shutil.rmtree(old, ignore_errors=True)
        if path.exists():
            path.rename(old)
        part.rename(path)
    except BaseException:
        shutil.rmtree(part, ignore_errors=True)
        raise
    shutil.rmtree(old, ignore_errors=True)


def _synchronize(file: Path) -> None:
    """Waits until the bytes are on the disk: else a rename may survive a power cut that its content does not."""
    descriptor = os.open(file, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
