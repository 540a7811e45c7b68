"""The file that a person names: one that is here, or a copy of one on a server or in a bucket."""

import hashlib
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urlsplit

from components.data.sources.transfer import Validator, receive
from schemas import events
from schemas.errors import InputError
from schemas.sources.addresses import address_problems, is_remote, shown_address

SQLITE = "sqlite:///"  # before a path, as SQLAlchemy writes it
_CHUNK = 1 << 20


@dataclass(frozen=True)
class Given:
    """A file that can be read.

    Attributes:
      path: of it, or of the copy.
      address: of a copy, where it is from.
      sha256: of a copy, its checksum.
    """

    path: Path
    address: str | None = None
    sha256: str | None = None

    @property
    def downloaded(self) -> bool:
        """Whether it is from a web server: the page then has its address beside the file's name, else in its place."""
        return self.address is not None and self.address.startswith("http")


@contextmanager
def given(argument: str) -> Iterator[Given]:
    """The file of an argument; the copy of an address lives as long as the context.

    Raises:
      InputError: an address that is none, or whose file cannot be fetched.
    """
    if argument.startswith(SQLITE) or not is_remote(argument):
        path = Path(argument.removeprefix(SQLITE))
        yield Given(path if path.name not in ("", "..") else path.resolve())  # "." has a name, too
        return
    for problem in address_problems("FILE", argument):
        raise InputError(str(problem))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, unquote(Path(urlsplit(argument).path).name))
        (_download if argument.startswith("http") else _copy)(argument, path)
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        yield Given(path, argument, digest)


def _download(address: str, path: Path) -> None:
    def received(done: int, total: int | None) -> None:
        events.publish(events.Bytes(path.name, done, total))

    with path.open("w+b", buffering=0) as file:
        try:
            receive(address, file, Validator(path.with_name(f"{path.name}.json")), received)
        except Exception as error:  # of the network, the server, the disk: whatever it is, nothing was written
            raise _failed(address, error) from error


def _copy(address: str, path: Path) -> None:
    import fsspec

    try:
        with fsspec.open(address, "rb") as source, path.open("wb") as out:
            while part := source.read(_CHUNK):
                out.write(part)
    except Exception as error:  # each filesystem has errors of its own
        raise _failed(address, error) from error


def _failed(address: str, error: Exception) -> InputError:
    return InputError(f"{shown_address(address)} could not be fetched: {' '.join(str(error).split())[:300]}")
