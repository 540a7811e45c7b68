"""The pictures of a folder or a zip, with the class and the split that their folders say; nothing is unpacked on the disk."""

import os
import stat
import zipfile
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from components.data.sources.files import readable
from schemas import zip_directory
from schemas.errors import InputError, listed
from schemas.pictures import SUFFIXES, PictureError
from schemas.splits import TEST, TRAIN

MOST_BYTES = 100_000_000  # of one picture
_MOST_FILES = 1_000_000
_MOST_LISTED = 100_000_000  # bytes of a zip's list of files
_MOST_RATIO = 200  # a zip's contents to its own size: pictures hardly shrink, zip bombs do a thousandfold
_SMALL = 100_000_000  # contents that are no danger, whatever the ratio
SPLITS = {"train": TRAIN, "test": TEST} | dict.fromkeys(("val", "valid", "validation", "dev"), TRAIN)
_NO_PICTURE, _NO_CLASS, _NAME, _UNSAFE, _LARGE = (
    "no pictures",
    "in no class folder",
    "with a name that is not UTF-8",
    "with a path that leads elsewhere",
    f"larger than {MOST_BYTES // 1_000_000} MB",
)


@dataclass(frozen=True)
class Picture:
    """One picture.

    Attributes:
      name: its path in the folder or zip, with ``/`` between.
      label: the class folder's name, without white space around it.
      split: ``train`` or ``test`` where there is an official test set, else None.
      bytes: its size.
    """

    name: str
    label: str
    split: str | None
    bytes: int


@dataclass(frozen=True)
class Listing:
    """What a folder or zip holds.

    Attributes:
      pictures: by name.
      left_out: the names of the other files, by the reason.
    """

    pictures: list[Picture]
    left_out: dict[str, list[str]] = field(default_factory=dict)

    @property
    def official(self) -> bool:
        """Whether there is an official test set."""
        return any(picture.split for picture in self.pictures)


class PictureFiles:
    """Reads the files of a folder or a zip by their name; a context manager. Raises InputError for neither of the two."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._stack = ExitStack()
        self._members: dict[str, zipfile.ZipInfo] = {}
        self._archive: zipfile.ZipFile | None = None

    def __enter__(self) -> "PictureFiles":
        if not self._path.is_dir():
            with readable(self._path):
                if not zipfile.is_zipfile(self._path):
                    raise InputError(
                        f"{self._path} is neither a folder nor a zip; one with a folder a class is expected"
                    )
                with self._path.open("rb") as file:
                    zip_directory.check(file, _MOST_LISTED, str(self._path))
                self._archive = self._stack.enter_context(zipfile.ZipFile(self._path))
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def listing(self) -> Listing:
        """The pictures and what is left out.

        Raises InputError for a zip that needs a password, or is a bomb, and for classes beside folders of splits.
        """
        kept, left_out = self.kept()
        try:
            pictures = list(_placed(kept))
        except ValueError as error:
            raise InputError(f"{self._path}: {error}") from None
        without = kept.keys() - {picture.name for picture in pictures}
        return Listing(pictures, left_out | ({_NO_CLASS: sorted(without)} if without else {}))

    def kept(self) -> tuple[dict[str, int], dict[str, list[str]]]:
        """The sizes of the pictures by name, in whatever folder; and the names of the other files, by the reason.

        Raises InputError as ``listing`` does.
        """
        with readable(self._path):
            sizes = self._zipped() if self._archive else dict(_walked(self._path))
        left_out: dict[str, list[str]] = {}
        kept = {}
        for name in sorted(sizes):
            if (reason := _refused(name, sizes[name])) is None:
                kept[name] = sizes[name]
            else:
                left_out.setdefault(reason, []).append(name)
        return kept, left_out

    def read(self, name: str) -> bytes:
        """A file's bytes. Raises PictureError for one that cannot be read whole."""
        try:
            if self._archive is not None:
                return self._archive.read(self._members[name])  # never more than its size in the directory
            return (self._path / name).read_bytes()
        except Exception as error:  # zipfile raises whatever damaged bytes lead to
            raise PictureError(f"damaged: {' '.join(str(error).split())[:100] or type(error).__name__}") from None

    def _zipped(self) -> dict[str, int]:
        """The archive's files by name, with their sizes."""
        assert self._archive is not None
        members = self._archive.infolist()
        size, whole = self._path.stat().st_size, sum(member.file_size for member in members)
        if len(members) > _MOST_FILES:
            raise InputError(f"{self._path} has {len(members):,} files; {_MOST_FILES:,} are the most")
        if whole > max(_SMALL, _MOST_RATIO * size):
            raise InputError(
                f"{self._path}: {size:,} bytes say that they unpack to {whole:,}; {_MOST_RATIO} times their size is the most"
            )
        for member in members:
            if member.flag_bits & 1:
                raise InputError(f"{self._path}, {member.filename}: it needs a password; zip the pictures without one")
            is_link = stat.S_ISLNK(member.external_attr >> 16)
            if not member.is_dir() and not is_link:
                # Some programs on Windows write their own separator, against the format's rule.
                self._members[member.filename.replace("\\", "/").removeprefix("./")] = member
        return {name: member.file_size for name, member in self._members.items()}


def _walked(folder: Path) -> Iterator[tuple[str, int]]:
    """The files below a folder with their sizes, links followed, each folder once."""
    seen = set()
    for root, folders, names in os.walk(folder, followlinks=True):
        seen.add(os.path.realpath(root))
        folders[:] = [name for name in folders if os.path.realpath(os.path.join(root, name)) not in seen]
        for name in names:
            path = Path(root, name)
            if path.is_file():
                yield path.relative_to(folder).as_posix(), path.stat().st_size


def _refused(name: str, size: int) -> str | None:
    """Why a file is left out by its name and size alone; None for a picture."""
    path = PurePosixPath(name)
    try:
        name.encode()
    except UnicodeEncodeError:
        return _NAME
    if path.is_absolute() or ".." in path.parts or any(":" in part for part in path.parts[:1]):
        return _UNSAFE
    # What macOS and Windows put beside pictures: __MACOSX/._1.png is no picture.
    if any(part.startswith((".", "__MACOSX")) for part in path.parts) or path.suffix.lower() not in SUFFIXES:
        return _NO_PICTURE
    return _LARGE if size > MOST_BYTES else None


def _placed(sizes: dict[str, int]) -> Iterator[Picture]:
    """The pictures that are in a class folder, by what their folders say. Raises ValueError for others beside the splits'."""
    folders = {name: PurePosixPath(name).parts[:-1] for name in sizes}
    while len({parts[:1] for parts in folders.values()}) == 1 and min(map(len, folders.values())) > 1:
        folders = {name: parts[1:] for name, parts in folders.items()}  # a folder that holds all others
    tops = {parts[0].lower() for parts in folders.values() if len(parts) > 1}
    divided = TRAIN in tops and len(tops & SPLITS.keys()) > 1
    others = sorted({parts[0] for parts in folders.values() if parts and parts[0].lower() not in SPLITS})
    if divided and others:
        raise ValueError(
            f"beside the folders of the splits ({listed(sorted(tops & SPLITS.keys()))}) there are {listed(others)}, "
            "which are of none of them; move them into these, or elsewhere"
        )
    official = divided and TEST in tops
    for name, parts in folders.items():
        split = SPLITS[parts[0].lower()] if official and parts else None
        label = parts[divided].strip() if len(parts) > divided else ""
        if label:
            yield Picture(name, label, split, sizes[name])
