"""A file that may change while the gateway runs: a bad edit is reported, and what was read before stays."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Generic, TypeVar

from schemas.errors import InputError
from serving.gateway.logs import Log

T = TypeVar("T")
Stamp = tuple[int, int, int]


class Watched(Generic[T]):
    """A file's content, read again when the file changes.

    Attributes:
      value: what ``load`` returned for the last good content; None if there never was a file.

    Args:
      path: the file; it may appear later.
      load: reads it, raises InputError.
    """

    def __init__(self, path: Path, load: Callable[[Path], T], log: Log) -> None:
        self._path = path
        self._load = load
        self._log = log
        self._stamp = self._status()
        self.value: T | None = load(path) if self._stamp is not None else None

    def _status(self) -> Stamp | None:
        try:
            found = os.stat(self._path)
        except OSError:
            return None
        # The inode too: a file renamed into place within the clock's resolution can have the same time and size.
        return found.st_mtime_ns, found.st_size, found.st_ino

    def refresh(self) -> None:
        """Reads the file again if it changed. A file that is gone or cannot be read changes nothing but the log."""
        stamp = self._status()
        if stamp == self._stamp:
            return
        # Before the file is loaded: a bad edit is reported once, not at every refresh.
        self._stamp = stamp
        if stamp is None:
            self._log.line("error", "file gone; its last content stays in effect", file=str(self._path))
            return
        try:
            self.value = self._load(self._path)
        except InputError as error:
            self._log.line("error", "edit not taken; the last good content stays in effect", error=str(error))
        else:
            self._log.line("info", "file read again", file=str(self._path))
