"""Removes folders so that nobody ever sees half of one, and measures what that frees."""

import os
import shutil
from collections.abc import Iterable, Iterator
from pathlib import Path

_REMOVING = ".removing-"  # neither TensorFlow Serving nor the version map takes a hidden name for a version


def remove(path: Path) -> None:
    """Removes a folder or a file: first its name, then what is in it. One that is not there is passed over."""
    hidden = path.with_name(f"{_REMOVING}{path.name}")
    _delete(hidden)  # of an attempt that was killed
    try:
        path.rename(hidden)
    except FileNotFoundError:
        return
    _delete(hidden)


def left_over(folder: Path) -> list[Path]:
    """What an attempt that was killed has left in a folder, hidden."""
    return sorted(folder.glob(f"{_REMOVING}*"))


def freed(paths: Iterable[Path]) -> int:
    """How many bytes of files are free when these folders and files are removed.

    A file with several names, as a rollback makes them, counts when the last of its names goes, and once.
    """
    names: dict[tuple[int, int], int] = {}
    size = 0
    for file in _files(paths):
        found = file.lstat()
        identity = found.st_dev, found.st_ino
        names[identity] = names.get(identity, 0) + 1
        if names[identity] == found.st_nlink:
            size += found.st_size
    return size


def _files(paths: Iterable[Path]) -> Iterator[Path]:
    for path in paths:
        if path.is_dir() and not path.is_symlink():
            for folder, _, names in os.walk(path):
                yield from (Path(folder, name) for name in names)
        elif path.is_symlink() or path.exists():
            yield path


def _delete(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
