"""Tables with types: Parquet and Arrow files, JSON Lines, tf.Examples, the rows of a query."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from schemas import problems
from schemas.problems import Problem
from schemas.sources.files import File, OneFile, file_problems, missing_problems

_SECRET = re.compile("pass|pwd|secret|token", re.IGNORECASE)
_URL = "an address such as postgresql+psycopg://USER@HOST/DATABASE or sqlite:///ships.db, or $NAME of an environment variable"


@dataclass(frozen=True)
class _Typed(OneFile):
    """What files have that say of themselves which columns and types they hold."""

    file: str
    url: str | None = None
    sha256: str | None = None
    missing: tuple[str, ...] = ("",)

    def problems(self) -> Iterator[Problem]:
        """The fields that break their rule, in their order."""
        yield from file_problems("file", self.file, self.url, self.sha256)
        yield from missing_problems(self.missing)


@dataclass(frozen=True)
class Parquet(_Typed):
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


@dataclass(frozen=True)
class JsonLines(_Typed):
    """JSON Lines: an object a line, in UTF-8; compressed files (gzip, xz, zstd, bzip2) are known by their first bytes.

    The fields of an object in an object are columns named with dots: ``user.age``. A field that is not there has no value.
    Lines may write the same field in other types: a number as text is read as the number.

    Attributes:
      file: as in Parquet, and so are url, sha256 and missing.
    """


@dataclass(frozen=True)
class Sql:
    """The rows of a query, read once in blocks into ``$SLIPWAY_DATA/<dataset>/query-.../``, and from there by the run.

    Attributes:
      url: the database as SQLAlchemy names it, without a password; or ``$NAME``, an environment variable that holds it, with
        a password or not. SQLite's file is below ``$SLIPWAY_DATA/<dataset>/``: ``sqlite:///ships.db``.
      query: a SELECT. With ORDER BY it gives the same rows in the same order, and so the same model.
      missing: as in Parquet.
    """

    url: str
    query: str
    missing: tuple[str, ...] = ("",)

    files: ClassVar[tuple[File, ...]] = ()

    def problems(self) -> Iterator[Problem]:
        """The fields that break their rule, in their order; a url is shown without what may be a password."""
        yield from problems.text("url", self.url)
        if isinstance(self.url, str) and self.url:
            yield from _url_problems(self.url)
        yield from problems.text("query", self.query)
        yield from missing_problems(self.missing)


def variable_of(url: str) -> str | None:
    """The environment variable that ``Sql.url`` names; None where it is the address itself."""
    return url[1:] if url.startswith("$") else None


def is_secret(option: str) -> bool:
    """Whether an option of a database's address, by its name, is one that nobody may read."""
    return _SECRET.search(option) is not None


def _url_problems(url: str) -> Iterator[Problem]:
    name = variable_of(url)
    if name is not None:
        if not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", name):
            yield Problem("url", url, "$ and the name of an environment variable, such as $SHIPS_URL")
        return
    scheme, separator, rest = url.partition("://")
    if not separator or not re.fullmatch(r"[a-z][a-z0-9_]*(\+[a-z][a-z0-9_]*)?", scheme):
        yield Problem("url", "a text of another form", _URL)  # not shown: it may hold a password
        return
    # A password may hold "/" and "@" where it should not: all that is before the last "@" is looked at.
    user = rest.rpartition("@")[0]
    if ":" in user or any(map(is_secret, re.findall(r"[?&]([^=&]*)=", rest))):
        yield Problem("url", f"{scheme}://... with a password", "an environment variable for it: $NAME")


@dataclass(frozen=True)
class TfRecord(OneFile):
    """TFRecord files of tf.Examples, gzipped or not, as their first bytes say.

    A feature with several values is a list; one without a value, or that an example does not have, is missing.

    Attributes:
      file: as in Parquet, and so are url, sha256 and missing.
      schema: a tensorflow_metadata Schema in text format (``schema.pbtxt``), below ``$SLIPWAY_DATA/<dataset>/`` or at an
        address: it says which columns there are and of which type, and one that may have several values is always a list.
        None: the examples say it.
    """

    file: str
    schema: str | None = None
    url: str | None = None
    sha256: str | None = None
    missing: tuple[str, ...] = ("",)

    def problems(self) -> Iterator[Problem]:
        """The fields that break their rule, in their order."""
        yield from file_problems("file", self.file, self.url, self.sha256)
        if self.schema is not None:
            yield from file_problems("schema", self.schema, None, None)
        yield from missing_problems(self.missing)
