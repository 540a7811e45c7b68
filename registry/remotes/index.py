"""How a version lies on a remote.

- ``NAME/VERSION/00000-SHA256``, ``00001-SHA256`` ...: the archive in parts of 8 MiB, each named by its place and its content;
- ``NAME/VERSION.json``: an ``Index``, written last: a version without one is not there yet.

Parts need nothing of a protocol but that files are written, read and listed: a transfer that was interrupted goes on from the
first part that is missing, over each of them.
"""

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from registry.archives.manifest import VERSION
from schemas.errors import InputError, shown
from schemas.json_record import JsonRecord

FORMAT = 1
PART_SIZE = 8 << 20
LARGEST = 1 << 24  # bytes of an index; one of 200,000 parts, over a terabyte, fits
_ENDING = ".json"
_SHA256 = re.compile(r"[0-9a-f]{64}", re.ASCII)


@dataclass(frozen=True)
class Part(JsonRecord):
    """A part of an archive: its sha256 in hex, and its bytes."""

    sha256: str
    size: int


@dataclass(frozen=True, kw_only=True)
class Index(JsonRecord):
    """What a remote has of a version.

    Attributes:
      format: of the index, 1.
      name, version, serving_version, weights: of the model, as its card has them.
      dossier: whether the archive has the version's dossier.
      sha256, size: of the whole archive; size in bytes.
      parts: in their order.
    """

    format: int
    name: str
    version: str
    serving_version: int
    weights: str
    dossier: bool
    sha256: str
    size: int
    parts: tuple[Part, ...]

    @property
    def path(self) -> str:
        """Where the index is, from the remote's root."""
        return f"{self.folder}{_ENDING}"

    @property
    def folder(self) -> str:
        """The folder of the parts."""
        return f"{self.name}/{self.version}"

    def part_names(self) -> Iterator[tuple[str, Part]]:
        """The parts by their names in ``folder``."""
        for number, part in enumerate(self.parts):
            yield f"{number:05d}-{part.sha256}", part

    def to_bytes(self) -> bytes:
        """The content of the file."""
        return json.dumps(self.to_json(), indent=1).encode()


def path_of(name: str, version: str) -> str:
    """Where the index of a version is."""
    return f"{name}/{version}{_ENDING}"


def versions(names: Iterable[str]) -> list[str]:
    """The versions that have an index, of the names in a model's folder; in no order."""
    stems = (name.removesuffix(_ENDING) for name in names if name.endswith(_ENDING))
    return [stem for stem in stems if VERSION.fullmatch(stem)]


def read(content: bytes, name: str, version: str, where: str) -> Index:
    """The index of a version.

    Args:
      where: the file, for the message.

    Raises:
      InputError: the content is none, or that of another version.
    """
    try:
        found = Index.from_json(json.loads(content))
        if problem := _problem(found, name, version):
            raise ValueError(problem)
        return found
    except (ValueError, RecursionError) as error:
        raise InputError(
            f"{where} is no index of a version ({' '.join(str(error).split())[:200]}): it was damaged or tampered with, or a "
            "newer Slipway wrote it; nothing was changed; have the version pushed again with --replace"
        ) from error


def _problem(index: Index, name: str, version: str) -> str | None:
    if index.format != FORMAT:
        return f"format {index.format} is not known to this Slipway, which reads format {FORMAT}"
    if (index.name, index.version) != (name, version):
        return f"it is of {shown(index.name)} {shown(index.version)}"
    if not all(_SHA256.fullmatch(text) for text in (index.sha256, *(part.sha256 for part in index.parts))):
        return "a sha256 is not 64 hex digits"
    # Bounds what is read at once, and with the sum all that is ever read.
    if not index.parts or not all(0 < part.size <= PART_SIZE for part in index.parts):
        return f"a part is not of 1 to {PART_SIZE} bytes"
    if sum(part.size for part in index.parts) != index.size:
        return "its parts do not add up to its size"
    return None
