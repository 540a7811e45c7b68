"""Reading of what an address in a bucket means: a file, a folder, or a pattern; and a copy of a file on this machine."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from registry.remotes import connections
from registry.remotes.address import Address
from registry.remotes.failures import translated
from schemas.errors import InputError, shown

OnProgress = Callable[[int, int | None], None]
_WILD = "*?["
_VERSIONS = ("ETag", "etag", "generation", "md5Hash", "mtime", "LastModified")  # s3fs, gcsfs


@dataclass(frozen=True)
class Found:
    """A file of a bucket.

    Attributes:
      path: ``BUCKET/PATH``.
      size: in bytes.
      version: its ETag or the like, which is another one when the file is; "" where the store says none.
    """

    path: str
    size: int
    version: str


class Reading:
    """A connection to the bucket of an address. Every method raises InputError for an error of the bucket or the network."""

    def __init__(self, address: Address) -> None:
        """Connects with the credentials that the protocol's own tools use (docs/remotes.md)."""
        self.address = address
        self._files = connections.connect(address).filesystem

    def files(self, wanted: Callable[[str], bool]) -> list[Found]:
        """The files of the address, by path: itself, those below a folder whose name is wanted, or those of a pattern.

        Raises InputError where there is none, too.
        """
        with translated(self.address):
            found = sorted(self._found(wanted), key=lambda one: one.path)
        if not found:
            reason = "no file matches the pattern" if self._is_pattern() else "there is no such file"
            raise InputError(f"{self.address.shown}: {reason}; look at the bucket's and the file's name")
        for one in found:
            # A key may be any text: below a folder of this machine it must be a path.
            if any(part in ("", ".", "..") for part in one.path.split("/")) or not one.path.isprintable():
                raise InputError(f"{self.address.shown}: the key {shown(one.path)} is no path of a file; name others")
        return found

    def fetch(self, file: Found, target: Path, on_progress: OnProgress) -> None:
        """Writes a file to ``target``; InputError if it is another one by then, or came in part."""
        with translated(self.address):
            self._files.get_file(file.path, str(target), callback=_callback(on_progress))
            after = _of(self._files.info(file.path))
        if after != file or target.stat().st_size != file.size:
            name = f"{self.address.protocol}://{file.path}"
            raise InputError(f"{name} changed while it was fetched, or was cut off; run the command again")

    def _is_pattern(self) -> bool:
        return any(character in self.address.path for character in _WILD)

    def _found(self, wanted: Callable[[str], bool]) -> Iterator[Found]:
        path = self.address.path
        if self._is_pattern():
            details = self._files.glob(path, detail=True).values()
            yield from (_of(one) for one in details if one["type"] == "file")
            return
        try:
            one = self._files.info(path)
        except FileNotFoundError:
            return
        if one["type"] == "file":
            yield _of(one)
            return
        below = self._files.find(path, detail=True)
        yield from (_of(one) for name, one in below.items() if one["type"] == "file" and wanted(str(name)))


def _of(detail: dict[str, Any]) -> Found:
    version = next((str(detail[name]) for name in _VERSIONS if detail.get(name)), "")
    return Found(str(detail["name"]), int(detail["size"]), version.strip('"'))


def _callback(on_progress: OnProgress) -> Any:
    from fsspec.callbacks import Callback  # of the extra `remotes`

    class Progress(Callback):  # type: ignore[misc,unused-ignore]
        def call(self, *args: Any, **kwargs: Any) -> None:
            on_progress(self.value, self.size)

    return Progress()
