"""Tables as text: CSV, and columns without a header line."""

from collections.abc import Iterator
from dataclasses import dataclass

from schemas import problems
from schemas.problems import Problem
from schemas.sources.files import OneFile, file_problems, missing_problems


@dataclass(frozen=True)
class Csv(OneFile):
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
        yield from file_problems("file", self.file, self.url, self.sha256)
        yield from missing_problems(self.missing)
        character = isinstance(self.delimiter, str) and len(self.delimiter) == 1 and self.delimiter.isascii()
        if not character or self.delimiter in '\0"\r\n':
            yield Problem("delimiter", self.delimiter, "one character of ASCII, but no double quote and no line end")


@dataclass(frozen=True)
class Columns(OneFile):
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
        yield from file_problems("file", self.file, self.url, self.sha256)
        yield from problems.strings("names", self.names, at_least=1)
        yield from problems.sizes("widths", self.widths)
        if self.widths and len(self.widths) != len(self.names):
            yield Problem("widths", self.widths, "one width for each of names, or () for white space between cells")
        yield from missing_problems(self.missing)
