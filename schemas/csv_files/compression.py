"""Files of text as they come: plain, or compressed, which their first bytes say and not their names."""

import lzma
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import PurePosixPath

import pyarrow as pa

from schemas.errors import InputError, listed

_ARROW = {b"\x1f\x8b": "gzip", b"\x28\xb5\x2f\xfd": "zstd", b"BZh": "bz2"}
_XZ, _ZIP = b"\xfd7zXZ\x00", b"PK\x03\x04"
_EMPTY_ZIP = b"PK\x05\x06"
_TABLES = (".csv", ".tsv")
_ENCRYPTED = 1  # bit 0 of a member's flags (APPNOTE.TXT 4.4.4)
DAMAGED = (EOFError, zlib.error, lzma.LZMAError, zipfile.BadZipFile, NotImplementedError)
"""What reading a damaged file raises, besides OSError; NotImplementedError is a zip of an unknown method."""


@dataclass(frozen=True)
class Part:
    """A file, or one of those in a zip.

    Attributes:
      path: of the file.
      member: the name in the zip; "" for a file that is none.
    """

    path: str
    member: str = ""

    @property
    def name(self) -> str:
        """How errors call it."""
        return f"{self.path}/{self.member}" if self.member else self.path


def parts_of(path: str) -> list[Part]:
    """The file itself; of a zip its tables by name: those that end in .csv or .tsv, or all where none does.

    Raises:
      OSError: it cannot be read.
      zipfile.BadZipFile: a damaged zip.
      InputError: a zip that is empty or encrypted.
    """
    if not _first_bytes(path).startswith((_ZIP, _EMPTY_ZIP)):
        return [Part(path)]
    with zipfile.ZipFile(path) as archive:
        members = [member for member in archive.infolist() if not member.is_dir() and not _is_hidden(member.filename)]
    chosen = [member for member in members if member.filename.lower().endswith(_TABLES)] or members
    if not chosen:
        raise InputError(f"{path} is a zip without a file; a table is expected in it")
    if any(member.flag_bits & _ENCRYPTED for member in chosen):
        raise InputError(f"{path} is encrypted; unpack it, and give the file that was in it")
    return [Part(path, name) for name in sorted(member.filename for member in chosen)]


def only_part(path: str) -> Part:
    """The file itself, or the only one of a zip. Raises as ``parts_of`` does, and InputError for a zip of several."""
    parts = parts_of(path)
    if len(parts) > 1:
        raise InputError(
            f"{path} is a zip of {len(parts):,} files ({listed(part.member for part in parts)}); one is expected, unpack it"
        )
    return parts[0]


def _is_hidden(name: str) -> bool:
    return any(part.startswith(".") or part == "__MACOSX" for part in PurePosixPath(name).parts)


def _first_bytes(path: str) -> bytes:
    with open(path, "rb") as file:
        return file.read(len(_XZ))


def opened(part: Part | str) -> pa.NativeFile:
    """The bytes of a file, decompressed; of a zip's path those of its first table. Raises as ``parts_of`` does."""
    part = parts_of(part)[0] if isinstance(part, str) else part
    if part.member:
        return pa.PythonFile(zipfile.ZipFile(part.path).open(part.member), mode="r")
    first = _first_bytes(part.path)
    if first.startswith(_XZ):
        return pa.PythonFile(lzma.open(part.path), mode="r")
    compression = next((name for magic, name in _ARROW.items() if first.startswith(magic)), None)
    return pa.input_stream(part.path, compression=compression)
