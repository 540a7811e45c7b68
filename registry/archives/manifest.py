"""The format of an archive: an uncompressed tar file (POSIX.1-2001, pax) that has the same bytes for the same content.

1. ``manifest.json``: a ``Manifest``, with the size and the sha256 of every file;
2. the files, in the order of the manifest;
3. ``sha256``: the sha256 of all bytes before it, in hex.

Every byte follows from the manifest and the files, so that a reader accepts these bytes alone: no links, no second file of one
name, nothing between the files or behind them. Without a compression no archive unpacks to more than it is.
"""

import itertools
import re
import tarfile
from collections.abc import Iterator
from dataclasses import dataclass

from registry.version_map import Entry
from schemas.errors import shown
from schemas.json_record import JsonRecord

FORMAT = 1
MANIFEST, DIGEST = "manifest.json", "sha256"
MODEL, DOSSIER, STATISTICS = "model", "dossier", "statistics.pb"
BLOCK = tarfile.BLOCKSIZE
END = bytes(2 * BLOCK)  # two empty blocks end a tar file
LARGEST_MANIFEST = 1 << 26
VERSION = re.compile(r"(0|[1-9]\d{0,8})\.(0|[1-9]\d{0,8})\.(0|[1-9]\d{0,8})", re.ASCII)
NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,99}", re.ASCII)
_SHA256 = re.compile(r"[0-9a-f]{64}", re.ASCII)
_LARGEST_PATH = 1000  # bytes; file systems allow 4,096, of which the home's own path takes some
_LARGEST_SEGMENT = 255
_LARGEST_SERVING_VERSION = 1 << 62  # TensorFlow Serving has 63 bits, and later versions must be larger
_CONTROL = re.compile(r"[\x00-\x1f\x7f\\]")


@dataclass(frozen=True)
class Member(JsonRecord):
    """A file of an archive.

    Attributes:
      path: below ``model/`` or ``dossier/``, or ``statistics.pb``; with "/" between folders.
      size: in bytes.
      sha256: of the content, in hex.
    """

    path: str
    size: int
    sha256: str


@dataclass(frozen=True, kw_only=True)
class Manifest(JsonRecord):
    """What an archive holds.

    Attributes:
      format: of the archive, 1.
      name: the model's.
      version: the semantic version.
      serving_version: the integer version in the home that the archive was made of.
      entry: of the version map of that home.
      members: the files, sorted by their paths: ``model/...`` is the SavedModel, ``dossier/...`` the version's dossier,
        ``statistics.pb`` the training data's statistics, with which the next run compares its data.
    """

    format: int
    name: str
    version: str
    serving_version: int
    entry: Entry
    members: tuple[Member, ...]

    @property
    def has_dossier(self) -> bool:
        """Whether the dossier is among the files."""
        return any(member.path.startswith(f"{DOSSIER}/") for member in self.members)


def problems(manifest: Manifest) -> Iterator[str]:
    """What is wrong with a manifest, one text each; the first are those that make the later ones meaningless."""
    if manifest.format != FORMAT:
        yield f"format {manifest.format} is not known to this Slipway, which reads format {FORMAT}"
    if not NAME.fullmatch(manifest.name):
        yield f"the name {shown(manifest.name)} is none that a model can have"
    if not VERSION.fullmatch(manifest.version):
        yield f"the version {shown(manifest.version)} is not like 1.2.0"
    if not 0 < manifest.serving_version < _LARGEST_SERVING_VERSION:
        yield f"the serving version {shown(manifest.serving_version)} is none that TensorFlow Serving reads"
    entry, card = manifest.entry, manifest.entry.card
    for part in (entry, card):
        if (part.version, part.serving_version) != (manifest.version, manifest.serving_version):
            yield f"its entry of the version map is of {part.version}, serving version {part.serving_version}"
    if not card.weights:
        yield "its card has no hash of the weights, by which the same model is known again"
    if card.name != manifest.name:
        yield f"its entry of the version map is of {shown(card.name)}"
    yield from _problems_of_members(manifest.members)


def _problems_of_members(members: tuple[Member, ...]) -> Iterator[str]:
    paths = [member.path for member in members]
    for member in members:
        if reason := _problem_of_path(member.path):
            yield f"the path {shown(member.path)} {reason}"
        if member.size < 0 or not _SHA256.fullmatch(member.sha256):
            yield f"{shown(member.path)} has no valid size and sha256"
    if any(first >= second for first, second in itertools.pairwise(paths)):
        yield "its paths are not sorted, or one is there twice"
    files = set(paths)
    for path in paths:
        parents = path.split("/")[:-1]
        if any("/".join(parents[: depth + 1]) in files for depth in range(len(parents))):
            yield f"the path {shown(path)} is below a file"
    if f"{MODEL}/saved_model.pb" not in files:
        yield f"it has no {MODEL}/saved_model.pb"


def _problem_of_path(path: str) -> str | None:
    """Why a path is refused. What is allowed can neither leave its folder nor mean two things on any system."""
    segments = path.split("/")
    try:
        sizes = [len(segment.encode()) for segment in segments]
    except UnicodeEncodeError:
        return "is no Unicode text"
    if path != STATISTICS and (segments[0] not in (MODEL, DOSSIER) or len(segments) < 2):
        return f"is neither below {MODEL}/ or {DOSSIER}/ nor {STATISTICS}"
    if any(segment in ("", ".", "..") for segment in segments) or _CONTROL.search(path):
        return "leads out of its folder, or has a character that no path may have"
    if sum(sizes) + len(sizes) > _LARGEST_PATH or max(sizes) > _LARGEST_SEGMENT:
        return "is too long"
    return None


def header(path: str, size: int) -> bytes:
    """The tar header of a file: a block of 512 bytes, with pax blocks before it for a long path or one with other letters."""
    info = tarfile.TarInfo(path)  # owner 0, no time: what differs between two machines is left out
    info.size, info.mode = size, 0o644
    return info.tobuf(tarfile.PAX_FORMAT, "utf-8", "strict")


def padding(size: int) -> bytes:
    """The zeros that fill the last block of a file's content."""
    return bytes(-size % BLOCK)
