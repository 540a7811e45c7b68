"""Tables with types: Parquet and Arrow files, JSON Lines, tf.Examples, the rows of a query."""

from collections.abc import Iterator
from dataclasses import dataclass

from schemas.problems import Problem
from schemas.sources.files import OneFile, file_problems, missing_problems


@dataclass(frozen=True)
class Parquet(OneFile):
    """Parquet files, or Arrow's own (``.arrow``, ``.feather``), as the library `datasets` saves them; first bytes say which.

    A column in a struct is named with dots: ``user.age``. Folders named ``year=2024`` are a column ``year`` (Hive). Where all
    files are in folders named ``train`` and ``test`` (and ``validation``, which is as ``train``), or have names that begin so
    (``train-00000-of-00002.parquet``), that is the official split.

    Attributes:
      file: in ``$SLIPWAY_DATA/<dataset>/``: a file, a folder of files, or a pattern such as ``part-*.parquet``.
      url: where one file is downloaded from if it is not there; None if it must be there.
      sha256: the checksum of the download, in lower-case hex.
      missing: values that mean "no value", as text: ``-999`` is one in a column of numbers, too. Null and NaN always are.
    """

    file: str
    url: str | None = None
    sha256: str | None = None
    missing: tuple[str, ...] = ("",)

    def problems(self) -> Iterator[Problem]:
        """The fields that break their rule, in their order."""
        yield from file_problems("file", self.file, self.url, self.sha256)
        yield from missing_problems(self.missing)


@dataclass(frozen=True)
class JsonLines(OneFile):
    """JSON Lines: an object a line, in UTF-8; compressed files (gzip, xz, zstd, bzip2) are known by their first bytes.

    The fields of an object in an object are columns named with dots: ``user.age``. A field that is not there has no value.
    Lines may write the same field in other types: a number as text is read as the number.

    Attributes:
      file: as in Parquet, and so are url, sha256 and missing.
    """

    file: str
    url: str | None = None
    sha256: str | None = None
    missing: tuple[str, ...] = ("",)

    def problems(self) -> Iterator[Problem]:
        """The fields that break their rule, in their order."""
        yield from file_problems("file", self.file, self.url, self.sha256)
        yield from missing_problems(self.missing)
