"""Downloads a dataset file: carried on after an interruption, checked by sha256, under its own name only when it is whole."""

import contextlib
import errno
import fcntl
import hashlib
import http.client
import os
import socket
import ssl
import time
import urllib.error
from collections.abc import Iterator
from contextlib import contextmanager
from io import FileIO
from pathlib import Path
from urllib.parse import urlsplit

from components.data.sources.transfer import BrokenOff, Validator, receive
from schemas import events
from schemas.errors import InputError
from schemas.sources.addresses import shown_address

PART = ".part"
_PAUSES = (1.0, 2.0, 4.0)  # seconds before each further try
_FULL = (errno.ENOSPC, errno.EDQUOT)
_PASSING = (
    ConnectionResetError,
    ConnectionAbortedError,
    BrokenPipeError,
    TimeoutError,
    ssl.SSLEOFError,
    BrokenOff,
    http.client.IncompleteRead,
)


def download(url: str | None, sha256: str | None, path: Path, dataset: str) -> None:
    """Fetches ``url`` to ``path``; listeners (schemas.events) hear how far it is.

    A download that is interrupted leaves its bytes in ``.<name>.part``, if the server says which version they are of, and
    the next one goes on from there. Else neither a file is left nor the folders that were made for it.

    Raises:
      InputError: no url, no network, an error of the server, a full disk, or the wrong checksum.
    """
    place = f"put {path.name} into {path.parent}, or set SLIPWAY_DATA to the folder that holds {dataset}/{path.name}"
    if url is None:
        raise InputError(f"{path} is missing; {place}")
    made = [folder for folder in path.parents if not os.path.lexists(folder)]
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with locked(path) as partial:
            received = sha256 if path.exists() else _complete(url, sha256, partial)
    except (OSError, http.client.HTTPException, ValueError) as error:  # ValueError: url is no address
        reason = f"{reason_of(error, url)}){_kept(path)}"
        raise InputError(
            f"{path} is missing, and {shown_address(url)} could not be downloaded ({reason}; {place}"
        ) from error
    except KeyboardInterrupt:
        events.publish(events.Note(f"the download of {path.name} was stopped{_kept(path)}"))
        raise
    finally:
        for folder in made:
            with contextlib.suppress(OSError):  # not there, or not empty
                folder.rmdir()
    if received != sha256:
        raise InputError(
            f"{shown_address(url)} gave a file with sha256 {received}, not {sha256}, so it was thrown away; {place}"
        )


def reason_of(error: Exception, url: str) -> str:
    """Why ``url`` gave no file, without the address itself."""
    cause = error.reason if isinstance(error, urllib.error.URLError) else error
    if isinstance(error, urllib.error.HTTPError):
        return f"HTTP {error.code} {error.reason}"
    if isinstance(cause, socket.gaierror):
        return f"the host {urlsplit(url).hostname} was not found: is there a network? {cause}"
    if isinstance(cause, OSError) and cause.errno in _FULL:
        return f"the disk is full; free some space: {cause.strerror}"
    return (
        repr(cause) if isinstance(cause, http.client.HTTPException) and not isinstance(cause, BrokenOff) else str(cause)
    )


def _kept(path: Path) -> str:
    with contextlib.suppress(OSError):
        size = _beside(path, PART).stat().st_size
        return f"; the {size / 1e6:.1f} MB that came are kept, and the next run goes on from there"
    return ""


class Partial:
    """The bytes that came so far, in an open and locked ``.<name>.part``, with their validator beside it."""

    def __init__(self, path: Path, file: FileIO) -> None:
        self.path = path
        self.file = file
        self.validator = Validator(_beside(path, f"{PART}.json"))

    @property
    def at(self) -> Path:
        """Where the bytes are, until ``finish``."""
        return _beside(self.path, PART)

    def size(self) -> int:
        return self.file.seek(0, os.SEEK_END)

    def sha256(self) -> str:
        self.file.seek(0)
        return hashlib.file_digest(self.file, "sha256").hexdigest()

    def clear(self) -> None:
        self.file.truncate(0)
        self.validator.forget()

    def finish(self) -> None:
        """Gives the file its own name."""
        self.validator.forget()
        _beside(self.path, PART).rename(self.path)

    def tidy(self) -> None:
        """Removes what cannot be carried on with."""
        if not self.size() or not self.validator.path.exists():
            self.validator.forget()
            _beside(self.path, PART).unlink()


def _beside(path: Path, ending: str) -> Path:
    return path.with_name(f".{path.name}{ending}")


@contextmanager
def locked(path: Path) -> Iterator[Partial]:
    """The partial file, locked, as several homes may share a data folder. Waits while another process downloads."""
    part = _beside(path, PART)
    while True:
        with part.open("a+b", buffering=0) as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            # Else the process that we waited for has moved or removed the file.
            if part.exists() and os.path.samestat(part.stat(), os.fstat(file.fileno())):
                partial = Partial(path, file)
                try:
                    yield partial
                finally:
                    if part.exists():  # not finished
                        partial.tidy()
                return


def _complete(url: str, sha256: str | None, partial: Partial) -> str:
    """Receives what is missing, and gives the file its name if its sha256, which is returned, is right."""
    whole = bool(partial.size()) and partial.sha256() == sha256  # killed just before the rename
    kept = not whole and receive_whole(url, partial)
    received = partial.sha256()
    if received != sha256 and kept:  # the older bytes may be the wrong ones
        partial.clear()
        receive_whole(url, partial)
        received = partial.sha256()
    if received == sha256:
        partial.finish()
    else:
        partial.clear()
    return received


def receive_whole(url: str, partial: Partial) -> bool:
    """Receives to the end of the file, with more tries where an error may pass. Returns whether older bytes were kept."""
    name = partial.path.name
    pauses = iter(_PAUSES)

    def received(done: int, total: int | None) -> None:
        events.publish(events.Bytes(name, done, total))

    while True:
        try:
            return bool(receive(url, partial.file, partial.validator, received))
        except (OSError, http.client.HTTPException) as error:
            pause = next(pauses, None)
            if pause is None or not _may_pass(error):
                raise
            events.publish(events.Note(f"{name}: {reason_of(error, url)}; trying again in {pause:.0f} s"))
        time.sleep(pause)


def _may_pass(error: Exception) -> bool:
    if isinstance(error, urllib.error.HTTPError):
        return error.code >= 500 or error.code in (408, 429)  # Request Timeout, Too Many Requests
    return isinstance(error.reason if isinstance(error, urllib.error.URLError) else error, _PASSING)
