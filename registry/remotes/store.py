"""The files of a remote: the few things that every protocol can do, over fsspec's file systems."""

import contextlib
import os
import secrets
from pathlib import Path
from typing import Any

from registry.remotes.address import Address
from registry.remotes.failures import translated
from schemas.errors import InputError

_CHUNK = 1 << 20
_MOST_OF_ONE_NAME = 10


class Store:
    """A remote whose files appear when they are whole, as in buckets.

    Every method raises InputError for an error of the remote or of the network.
    """

    def __init__(self, address: Address, filesystem: Any, root: str) -> None:
        """Takes an fsspec file system; ``root`` is the remote's folder in it."""
        self.address = address
        self._files = filesystem
        self._root = root.rstrip("/") + "/" if root else ""

    @property
    def filesystem(self) -> Any:
        """The fsspec file system."""
        return self._files

    def place(self, path: str) -> str:
        """How messages name a file."""
        return f"{self.address.shown.rstrip('/')}/{path}"

    def sizes(self, folder: str) -> dict[str, int | None] | None:
        """The names in a folder, with the sizes of files in bytes; None where there is no such folder.

        The size of a folder is None, and so is that of a file if the server does not say it.
        """
        with translated(self.address):
            try:
                found = self._files.ls(self._path(folder), detail=True)
            except FileNotFoundError:
                return None
            named = [(str(one["name"]).rstrip("/").split("/")[-1], one) for one in found]
            return {name: one["size"] if one["type"] == "file" else None for name, one in named if name}

    def read(self, path: str, most: int) -> bytes:
        """The content of a file; InputError if it has more than ``most`` bytes, which are not read."""
        content = bytearray()
        with translated(self.address):
            try:
                with self._files.open(self._path(path), "rb") as file:
                    while len(content) <= most and (chunk := file.read(min(_CHUNK, most + 1 - len(content)))):
                        content += chunk
            except FileNotFoundError:
                raise InputError(f"{self.place(path)} is no longer there; run the command again") from None
        if len(content) > most:
            raise InputError(f"{self.place(path)} has more than {most} bytes: it was damaged or tampered with")
        return bytes(content)

    def write(self, path: str, content: bytes) -> None:
        """Writes a file, or replaces one; a reader may see a part of it meanwhile. Missing folders are made."""
        with translated(self.address):
            self._write(path, content)

    def publish(self, path: str, content: bytes) -> None:
        """``write``, but in one moment."""
        self.write(path, content)

    def remove(self, path: str) -> None:
        """Removes a file."""
        with translated(self.address):
            self._files.rm_file(self._path(path))

    def _write(self, path: str, content: bytes) -> None:
        self._files.pipe_file(self._path(path), content)

    def _path(self, path: str) -> str:
        return self._root + path


class ServerStore(Store):
    """A server on which a file grows while it is written, and can be renamed."""

    def publish(self, path: str, content: bytes) -> None:
        """Writes beside the place, and renames."""
        # A name of its own, as two pushes may publish at the same moment.
        folder, _, name = path.rpartition("/")
        part = f"{folder}/.{name}.{secrets.token_hex(4)}"
        try:
            self.write(part, content)
            with translated(self.address):
                self._rename(self._path(part), self._path(path))
        except BaseException:
            with contextlib.suppress(Exception):
                self._files.rm_file(self._path(part))
            raise

    def _rename(self, source: str, target: str) -> None:
        self._files.mv(source, target)


class FolderStore(ServerStore):
    """A folder of this machine."""

    def _write(self, path: str, content: bytes) -> None:
        target = Path(self._path(path))
        target.parent.mkdir(parents=True, exist_ok=True)
        # Not emptied first: where two pushes write the same part, nobody sees fewer bytes than there were.
        with os.fdopen(os.open(target, os.O_WRONLY | os.O_CREAT, 0o666), "wb") as file:
            file.write(content)
            file.truncate()
            file.flush()
            os.fsync(file.fileno())

    def _rename(self, source: str, target: str) -> None:
        Path(source).replace(target)


class WebDavStore(ServerStore):
    """A WebDAV server."""

    def _rename(self, source: str, target: str) -> None:
        # Not fsspec's mv, which copies and removes.
        self._files.client.move(source, target, overwrite=True)


class DriveStore(Store):
    """Google Drive, where two files of one folder may have the same name."""

    def _write(self, path: str, content: bytes) -> None:
        with contextlib.suppress(FileNotFoundError):
            for _ in range(_MOST_OF_ONE_NAME):
                self._files.rm_file(self._path(path))
        super()._write(path, content)
