"""The files of a source, and what its fields share."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath

from schemas import problems
from schemas.problems import Problem
from schemas.sources.addresses import address_problems, is_remote, place_of


@dataclass(frozen=True)
class File:
    """One file of a source that is made of several.

    Attributes:
      name: its name in ``$SLIPWAY_DATA/<dataset>/``, its path below that folder, or an address (schemas.sources.addresses).
      url: where it is downloaded from if it is not there; None if it must be there.
      sha256: the checksum of the download, in lower-case hex.
    """

    name: str
    url: str | None = None
    sha256: str | None = None

    @property
    def place(self) -> str:
        """Its path below ``$SLIPWAY_DATA/<dataset>/``, also of a copy of what an address names."""
        return place_of(self.name) if is_remote(self.name) else self.name

    def problems(self) -> Iterator[Problem]:
        """The fields that break their rule: a path that leads out of the folder, or a url without its checksum."""
        yield from file_problems("name", self.name, self.url, self.sha256)


def file_problems(field: str, name: object, url: object, sha256: object) -> Iterator[Problem]:
    """The problems of a file that is named by ``field``: see ``File.problems``."""
    yield from problems.text(field, name)
    if is_remote(name):
        yield from address_problems(field, str(name))
        if url is not None:
            yield Problem("url", url, f"None: {field} is an address itself")
        yield from _checksum_problems(sha256)
        return
    if isinstance(name, str) and name and not _is_below(PurePosixPath(name)):
        yield Problem(field, name, "a file's name, or its path below $SLIPWAY_DATA/<dataset>/ without '..'")
    if url is not None and not re.fullmatch(r"https?://[^\s/]\S*", str(url)):
        yield Problem("url", url, "an address that begins with http:// or https://")
    # Without a checksum another file at the same address would silently become another model.
    if url is not None and sha256 is None:
        yield Problem("sha256", None, "the checksum of what the url gives")
    yield from _checksum_problems(sha256)


def _checksum_problems(sha256: object) -> Iterator[Problem]:
    if sha256 is not None and not re.fullmatch(r"[0-9a-f]{64}", str(sha256)):
        yield Problem("sha256", sha256, "64 lower-case hex digits")


def _is_below(path: PurePosixPath) -> bool:
    return bool(path.name) and not path.is_absolute() and ".." not in path.parts


def missing_problems(missing: object) -> Iterator[Problem]:
    """Cells that mean "no value": a tuple of str, the empty one among them or not."""
    if not isinstance(missing, tuple) or not all(isinstance(cell, str) for cell in missing):
        yield Problem("missing", missing, "a tuple of strings")


def encoding_problems(encoding: object) -> Iterator[Problem]:
    """The problem of a name that is none of Python's text encodings."""
    try:
        "".encode(encoding)  # type: ignore[arg-type]
    except (LookupError, TypeError, ValueError):
        yield Problem("encoding", encoding, "the name of a text encoding, such as utf-8 or latin-1")


class OneFile:
    """What sources of one file share; each declares these fields itself, as their order differs."""

    file: str
    url: str | None
    sha256: str | None

    @property
    def files(self) -> tuple[File, ...]:
        """The files to read, here the only one."""
        return (File(self.file, self.url, self.sha256),)
