"""The files of a source: found or downloaded, fingerprinted, and read through gzip and tar without losing a row."""

import contextlib
import gzip
import hashlib
import tarfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO, cast

from components.data.sources import Located, remote_files
from components.data.sources.download import download
from components.data.sources.matching import is_pattern, listed
from schemas import errors
from schemas.csv_files import compression
from schemas.csv_files.compression import DAMAGED, Part
from schemas.errors import InputError, shown
from schemas.sources import File

_SEPARATOR = "\n"
_GZIP_MAGIC = b"\x1f\x8b"
_CHUNK = 1 << 20


def find(files: tuple[File, ...], dataset: str, data: Path, expected: str, suffixes: tuple[str, ...] = ()) -> Located:
    """All files, each downloaded where it is not there, or fetched where its name is an address.

    Args:
      expected: what a file should hold, for errors.
      suffixes: endings of the files that a folder is read for; (): a source of as many files as it names, and of no pattern.

    Raises:
      InputError: a file is missing, cannot be read or is empty.
    """
    paths = [path for file in files for path in _paths(file, dataset, data, expected, suffixes)]
    joined = _SEPARATOR.join(map(str, paths))
    with readable(joined):
        return Located(joined, fingerprint(joined), sum(path.stat().st_size for path in paths))


def _paths(file: File, dataset: str, data: Path, expected: str, suffixes: tuple[str, ...]) -> list[Path]:
    """The paths that a file's name stands for, in order."""
    file = remote_files.at_hand(file, data / dataset, suffixes)
    path = data / dataset / file.name
    with readable(path):
        if not path.exists() and not (suffixes and is_pattern(file.name)):
            download(file.url, file.sha256, path, dataset)
        if suffixes:
            return listed(str(path), suffixes, expected)
        if path.stat().st_size == 0:
            raise InputError(f"{path} is empty; {expected}")
    return [path]


def parts_of(joined: str) -> list[Part]:
    """The files of ``Located.path``, and in their place the tables of a zip. Raises InputError for a damaged zip."""
    return [part for path in paths_of(joined) for part in _parts(path)]


def _parts(path: str) -> list[Part]:
    with readable(path):
        return compression.parts_of(path)


def paths_of(joined: str) -> list[str]:
    """The paths of ``Located.path``."""
    return joined.split(_SEPARATOR)


def fingerprint(joined: str) -> str:
    """sha256 of the file, in hex; of several files, that of their sha256s."""
    digests = []
    for path in paths_of(joined):
        with open(path, "rb") as file:
            # In pieces: the file may be larger than memory.
            digests.append(hashlib.file_digest(file, "sha256").hexdigest())
    return digests[0] if len(digests) == 1 else hashlib.sha256("".join(digests).encode()).hexdigest()


def check_columns(where: str | Path, dataset: str, wanted: tuple[str, ...], known: list[str] | tuple[str, ...]) -> None:
    """Raises InputError for a column that the source at ``where`` does not have."""
    for column in wanted:
        if column not in known:
            raise InputError(
                f"{where} has no column {shown(column)}, which {dataset} needs; its columns are {errors.listed(known)}"
            )


@contextlib.contextmanager
def readable(path: str | Path) -> Iterator[None]:
    """Turns what reading a damaged or forbidden file raises into an InputError that names it."""
    try:
        yield
    except (*DAMAGED, gzip.BadGzipFile, tarfile.TarError) as error:
        reason = " ".join(str(error).split()) or type(error).__name__
        raise InputError(
            f"{path} is damaged or cut off ({reason}); replace it, or remove it so that it is downloaded again"
        ) from error
    except OSError as error:
        # Arrow says of a damaged file that its error is one of input and output.
        if error.errno is None:
            raise InputError(f"{path} is damaged or cut off ({' '.join(str(error).split())}); replace it") from error
        raise InputError(f"cannot read {path}: {error.strerror or error}") from error


def gunzipped(file: str | IO[bytes]) -> IO[bytes]:
    """What a gzip file holds; reading to its very end checks its checksum."""
    return cast("IO[bytes]", gzip.open(file))


class _StrictHeader(tarfile.TarInfo):
    """tarfile takes a damaged header for the end of the archive, and the rows behind it would be lost without a word."""

    @classmethod
    def frombuf(cls, buf: bytes | bytearray, encoding: str, errors: str) -> "_StrictHeader":
        try:
            return super().frombuf(buf, encoding, errors)
        except tarfile.EOFHeaderError:  # type: ignore[attr-defined]
            raise
        except tarfile.HeaderError as error:
            raise tarfile.ReadError(f"{error} where a member or the archive's end is expected") from error


def names(path: str) -> Iterator[str]:
    """The name of each file in a tar archive, gzipped or not, in order. Raises as ``contents`` does."""
    with readable(path):
        yield from (name for name, _ in _members(path))


def contents(path: str, wanted: Callable[[str], bool]) -> Iterator[tuple[str, bytes]]:
    """Each file in a tar archive, gzipped or not, whose name is wanted, in order.

    Raises InputError for an archive that is damaged or cut off, wherever that is (if all of it is asked for).
    """
    with readable(path):
        for name, content in _members(path):
            if wanted(name):
                yield name, content.read()


def _members(path: str) -> Iterator[tuple[str, IO[bytes]]]:
    with contextlib.ExitStack() as stack:
        file = stack.enter_context(open(path, "rb"))
        # By its first bytes, as a file's name does not say it surely.
        zipped = file.peek(len(_GZIP_MAGIC)).startswith(_GZIP_MAGIC)
        stream = stack.enter_context(gunzipped(file)) if zipped else file
        # "r|" never seeks back, so that a gzipped archive is unpacked once.
        archive = stack.enter_context(tarfile.open(fileobj=stream, mode="r|", tarinfo=_StrictHeader))
        for member in archive:
            content = archive.extractfile(member) if member.isfile() else None
            if content is not None:
                yield member.name.removeprefix("./"), content
            archive.members.clear()  # type: ignore[attr-defined]  # else it keeps every header
        while stream.read(_CHUNK):  # gzip's checksum stands at the end
            pass
