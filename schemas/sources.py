"""Where examples come from. The reading itself is in components/sources."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath

from schemas import problems
from schemas.problems import Problem


@dataclass(frozen=True)
class Csv:
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
        yield from problems.text("file", self.file)
        if isinstance(self.file, str) and self.file and not _is_below(PurePosixPath(self.file)):
            yield Problem("file", self.file, "a file's name, or its path below $SLIPWAY_DATA/<dataset>/ without '..'")
        if self.url is not None and not re.fullmatch(r"https?://[^\s/]\S*", str(self.url)):
            yield Problem("url", self.url, "an address that begins with http:// or https://")
        if self.url is not None and self.sha256 is None:
            yield Problem("sha256", None, "the checksum of what the url gives")
        if self.sha256 is not None and not re.fullmatch(r"[0-9a-f]{64}", str(self.sha256)):
            yield Problem("sha256", self.sha256, "64 lower-case hex digits")
        if not isinstance(self.missing, tuple) or not all(isinstance(cell, str) for cell in self.missing):
            yield Problem("missing", self.missing, "a tuple of strings")
        character = isinstance(self.delimiter, str) and len(self.delimiter) == 1 and self.delimiter.isascii()
        if not character or self.delimiter in '\0"\r\n':
            yield Problem("delimiter", self.delimiter, "one character of ASCII, but no double quote and no line end")


def _is_below(path: PurePosixPath) -> bool:
    return bool(path.name) and not path.is_absolute() and ".." not in path.parts


@dataclass(frozen=True)
class Digits:
    """The 1,797 hand-written digits that scikit-learn ships (UCI ML hand-written digits, the test part).

    Each 8 x 8 image with values 0..16 becomes a grey PNG in column ``image``; column ``digit`` is the label.
    """

    def problems(self) -> Iterator[Problem]:
        return iter(())


Source = Csv | Digits
