"""Where examples come from. The reading itself is in components/data/sources."""

import dataclasses
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import ClassVar

from schemas import problems
from schemas.problems import Problem

TEXT = "text"  # the column of a text file's content


@dataclass(frozen=True)
class File:
    """One file of a source that is made of several.

    Attributes:
      name: its name in ``$SLIPWAY_DATA/<dataset>/``, or its path below that folder.
      url: where it is downloaded from if it is not there; None if it must be there.
      sha256: the checksum of the download, in lower-case hex.
    """

    name: str
    url: str | None = None
    sha256: str | None = None

    def problems(self) -> Iterator[Problem]:
        """The fields that break their rule: a path that leads out of the folder, or a url without its checksum."""
        yield from _file_problems("name", self.name, self.url, self.sha256)


def _file_problems(field: str, name: object, url: object, sha256: object) -> Iterator[Problem]:
    yield from problems.text(field, name)
    if isinstance(name, str) and name and not _is_below(PurePosixPath(name)):
        yield Problem(field, name, "a file's name, or its path below $SLIPWAY_DATA/<dataset>/ without '..'")
    if url is not None and not re.fullmatch(r"https?://[^\s/]\S*", str(url)):
        yield Problem("url", url, "an address that begins with http:// or https://")
    # Without a checksum another file at the same address would silently become another model.
    if url is not None and sha256 is None:
        yield Problem("sha256", None, "the checksum of what the url gives")
    if sha256 is not None and not re.fullmatch(r"[0-9a-f]{64}", str(sha256)):
        yield Problem("sha256", sha256, "64 lower-case hex digits")


def _is_below(path: PurePosixPath) -> bool:
    return bool(path.name) and not path.is_absolute() and ".." not in path.parts


def _missing_problems(missing: object) -> Iterator[Problem]:
    if not isinstance(missing, tuple) or not all(isinstance(cell, str) for cell in missing):
        yield Problem("missing", missing, "a tuple of strings")


class _OneFile:
    """What sources of one file share; each declares these fields itself, as their order differs."""

    file: str
    url: str | None
    sha256: str | None

    @property
    def files(self) -> tuple[File, ...]:
        """The files to read, here the only one."""
        return (File(self.file, self.url, self.sha256),)


@dataclass(frozen=True)
class Csv(_OneFile):
    """A CSV file with a header line, UTF-8, fields quoted with double quotes where needed (RFC 4180).

    Attributes:
      file: its name in ``$SLIPWAY_DATA/<dataset>/``, or its path below that folder.
      url: where it is downloaded from if it is not there; None if it must be there.
      sha256: the checksum of the download, in lower-case hex.
      missing: cells that mean "no value".
      delimiter: one ASCII character (Arrow takes no other), such as a comma, a semicolon or a tab.
    """

    file: str
    url: str | None = None
    sha256: str | None = None
    missing: tuple[str, ...] = ("",)
    delimiter: str = ","

    def problems(self) -> Iterator[Problem]:
        """The fields that break their rule, in their order."""
        yield from _file_problems("file", self.file, self.url, self.sha256)
        yield from _missing_problems(self.missing)
        character = isinstance(self.delimiter, str) and len(self.delimiter) == 1 and self.delimiter.isascii()
        if not character or self.delimiter in '\0"\r\n':
            yield Problem("delimiter", self.delimiter, "one character of ASCII, but no double quote and no line end")


@dataclass(frozen=True)
class Columns(_OneFile):
    """A text file without a header line: cells with white space between them, or columns of fixed width.

    Attributes:
      file: as in Csv, and so are url and sha256.
      names: the columns' names, in order.
      widths: how many bytes each column is wide, white space included; (): cells are separated by spaces or tabs, and one
        with spaces in it stands in double quotes (a double quote inside them is doubled).
      missing: cells that mean "no value", without their quotes.
    """

    file: str
    names: tuple[str, ...] = ()
    widths: tuple[int, ...] = ()
    url: str | None = None
    sha256: str | None = None
    missing: tuple[str, ...] = ("",)

    def problems(self) -> Iterator[Problem]:
        """The fields that break their rule; with ``widths``, also another number of them than of ``names``."""
        yield from _file_problems("file", self.file, self.url, self.sha256)
        yield from problems.strings("names", self.names, at_least=1)
        yield from problems.sizes("widths", self.widths)
        if self.widths and len(self.widths) != len(self.names):
            yield Problem("widths", self.widths, "one width for each of names, or () for white space between cells")
        yield from _missing_problems(self.missing)


@dataclass(frozen=True, kw_only=True)
class IdxImages:
    """Grey pictures and their labels in four gzipped IDX files, as MNIST comes, with an official test set.

    Column ``image`` is the picture as a PNG, column ``label`` the class's number, "0" to "255".
    """

    train_images: File
    train_labels: File
    test_images: File
    test_labels: File

    columns: ClassVar = ("image", "label")

    @classmethod
    def mnist_files(
        cls, url: str, *, train_images: str, train_labels: str, test_images: str, test_labels: str
    ) -> "IdxImages":
        """The four files under the names that they have in MNIST, below ``url``; each is given by its sha256."""
        folder = str(url).rstrip("/")  # another type is named by problems()

        def file(name: str, sha256: str) -> File:
            return File(name, f"{folder}/{name}", sha256)

        return cls(
            train_images=file("train-images-idx3-ubyte.gz", train_images),
            train_labels=file("train-labels-idx1-ubyte.gz", train_labels),
            test_images=file("t10k-images-idx3-ubyte.gz", test_images),
            test_labels=file("t10k-labels-idx1-ubyte.gz", test_labels),
        )

    @property
    def files(self) -> tuple[File, ...]:
        """The files to read: pictures and labels of the train rows, then those of the test rows."""
        return (self.train_images, self.train_labels, self.test_images, self.test_labels)

    def problems(self) -> Iterator[Problem]:
        """What is no File, and the problems of each File, with its field before theirs: ``train_images.url``."""
        for field in dataclasses.fields(self):
            file = getattr(self, field.name)
            if not isinstance(file, File):
                yield Problem(field.name, file, 'File("name", url=..., sha256=...)')
                continue
            for problem in file.problems():
                yield Problem(f"{field.name}.{problem.field}", problem.received, problem.allowed)


@dataclass(frozen=True)
class TextTar(_OneFile):
    """A tar archive, gzipped or not, with one text file a row.

    Attributes:
      file: as in Csv, and so are url and sha256.
      pattern: a regular expression that a member's whole name ("./" at its front not counted) must match to be a row. Each
        named group is a column; one that is named ``split`` says ``train`` or ``test`` where there is an official test set
        (and a member for which it says nothing is as one of ``train``).
      encoding: how the texts are encoded. Column ``text`` is a member's text.
    """

    file: str
    pattern: str
    url: str | None = None
    sha256: str | None = None
    encoding: str = "utf-8"

    @property
    def columns(self) -> tuple[str, ...]:
        """The named groups of ``pattern`` in their order, and ``text``. Raises re.error for a pattern that is none."""
        return (*re.compile(self.pattern).groupindex, TEXT)

    def problems(self) -> Iterator[Problem]:
        """The fields that break their rule; a ``pattern`` must compile and name at least one column."""
        yield from _file_problems("file", self.file, self.url, self.sha256)
        try:
            groups = re.compile(self.pattern).groupindex
        except (
            re.error,
            TypeError,
            OverflowError,
            RecursionError,
        ):  # the last two: a huge repetition, very deep nesting
            yield Problem("pattern", self.pattern, "a regular expression")
            groups = {"none": 1}  # one mistake is one problem
        if not groups or TEXT in groups:
            yield Problem("pattern", self.pattern, f"one or more named groups (?P<column>...), none of them {TEXT!r}")
        try:
            "".encode(self.encoding)
        except (LookupError, TypeError, ValueError):
            yield Problem("encoding", self.encoding, "the name of a text encoding, such as utf-8 or latin-1")


@dataclass(frozen=True)
class ReutersSgml(_OneFile):
    """Reuters-21578: a tar archive of SGML files; one topic a document, the ModApte split (Apte, Damerau and Weiss, 1994).

    A topic counts that ``at_least`` training documents carry, alone or with others. A document is a row if exactly one of its
    topics counts, and that one is among ``topics``: the other topics it may have are ignored.

    Columns: ``title``, ``body``, ``text`` (the title, a line end, the body), ``topic``, ``date``, ``id`` (NEWID).

    Attributes:
      file: as in Csv, and so are url and sha256.
      topics: the classes; () for every topic that counts.
      at_least: how many training documents make a topic count.
    """

    file: str
    url: str | None = None
    sha256: str | None = None
    topics: tuple[str, ...] = ()
    at_least: int = 10

    columns: ClassVar = ("title", "body", TEXT, "topic", "date", "id")

    def problems(self) -> Iterator[Problem]:
        """The fields that break their rule, in their order."""
        yield from _file_problems("file", self.file, self.url, self.sha256)
        yield from problems.strings("topics", self.topics)
        yield from problems.number("at_least", self.at_least, 1, whole=True)


@dataclass(frozen=True)
class Digits:
    """The 1,797 hand-written digits that scikit-learn ships (UCI ML hand-written digits, the test part).

    Each 8 x 8 image with values 0..16 becomes a grey PNG in column ``image``; column ``digit`` is the label.
    """

    columns: ClassVar = ("image", "digit")
    files: ClassVar[tuple[File, ...]] = ()

    def problems(self) -> Iterator[Problem]:
        """None: there is nothing to set."""
        return iter(())


@dataclass(frozen=True)
class ImageFolder(_OneFile):
    """A folder, or a zip of one, with a folder for each class that holds its pictures: PNG, JPEG, WEBP, BMP or GIF.

    A folder that holds all others is passed over. Where folders ``train`` and ``test`` (and ``val``, which is as ``train``)
    hold the class folders, that is the official split. Column ``image`` is the picture as PNG or JPEG, upright; ``label`` the
    class folder's name; ``file`` the picture's path.

    Attributes:
      file: the folder or zip in ``$SLIPWAY_DATA/<dataset>/``, or its path below that folder.
      url: where a zip is downloaded from if it is not there; None if it must be there.
      sha256: the checksum of the download, in lower-case hex.
    """

    file: str
    url: str | None = None
    sha256: str | None = None

    columns: ClassVar = ("image", "label", "file")

    def problems(self) -> Iterator[Problem]:
        """The fields that break their rule, in their order."""
        yield from _file_problems("file", self.file, self.url, self.sha256)


Source = Csv | Columns | Digits | IdxImages | ImageFolder | ReutersSgml | TextTar
