"""Tables as text: CSV, and columns without a header line."""

import dataclasses
import re
from collections.abc import Iterator
from dataclasses import dataclass

from schemas import problems
from schemas.problems import Problem
from schemas.sources.files import OneFile, encoding_problems, file_problems, missing_problems

_ENDS = "\0\r\n"
_NO_UNIT = re.compile(r"^\s|[\d.,+-]|\s$")


@dataclass(frozen=True)
class Csv(OneFile):
    """One or more CSV files (RFC 4180), compressed (gzip, zip, xz, zstd) or not; of several the headers are equal.

    Attributes:
      file: its name in ``$SLIPWAY_DATA/<dataset>/``, or its path below that folder; a pattern for several (``part-*.csv``), a
        folder for all that are in it, or an address (s3://, gs://, http://, https://) of such.
      url: where it is downloaded from if it is not there; None if it must be there.
      sha256: the checksum of the download, in lower-case hex.
      missing: cells that mean "no value".
      delimiter: one ASCII character (Arrow takes no other), such as a comma, a semicolon or a tab.
      decimal: the character before the fraction of a number.
      thousands: the character between groups of a number's digits; "": none. A space stands for no-break spaces, too.
      units: what may stand before or after a number, such as "%" or "$", and is no part of it.
      encoding: of the text.
      quote: around cells in which there are delimiters, line ends or quotes (which are doubled); "": cells have no quotes.
      comment: a line that begins with this character is passed over; "": there are no such lines.
      skip_rows: how many lines are passed over before the header, or before the rows where there is none.
      header: whether the first line has the columns' names.
      names: the columns' names in order, where there is no header.
    """

    file: str
    url: str | None = None
    sha256: str | None = None
    missing: tuple[str, ...] = ("",)
    delimiter: str = ","
    decimal: str = "."
    thousands: str = ""
    units: tuple[str, ...] = ()
    encoding: str = "utf-8"
    quote: str = '"'
    comment: str = ""
    skip_rows: int = 0
    header: bool = True
    names: tuple[str, ...] = ()

    @property
    def reading(self) -> dict[str, object]:
        """How another file of the kind is read: missing cells, the delimiter, and what differs from the defaults."""
        fields = {field.name: field for field in dataclasses.fields(self)}
        for name in ("file", "url", "sha256", "missing", "delimiter"):
            del fields[name]
        others = {name: getattr(self, name) for name, field in fields.items() if getattr(self, name) != field.default}
        return {"missing": self.missing, "delimiter": self.delimiter, **others}

    def problems(self) -> Iterator[Problem]:
        """The fields that break their rule, in their order."""
        yield from file_problems("file", self.file, self.url, self.sha256)
        yield from missing_problems(self.missing)
        if not _is_character(self.delimiter) or self.delimiter in f'"{_ENDS}':
            yield Problem("delimiter", self.delimiter, "one character of ASCII, but no double quote and no line end")
        yield from self._number_problems()
        yield from encoding_problems(self.encoding)
        yield from self._line_problems()
        yield from problems.number("skip_rows", self.skip_rows, 0, whole=True)
        yield from problems.flag("header", self.header)
        yield from problems.strings("names", self.names, at_least=1 if self.header is False else 0)
        if self.header is True and self.names:
            yield Problem("names", self.names, "() with a header; header=False says that the file has none")

    def _number_problems(self) -> Iterator[Problem]:
        if self.decimal not in (".", ","):
            yield Problem("decimal", self.decimal, '"." or ","')
        marks = ("", ",", ".", "'", "_", " ", "\u2019")
        if self.thousands not in marks or self.thousands == self.decimal != "":
            yield Problem("thousands", self.thousands, f"one of {', '.join(map(repr, marks))}, and not decimal")
        yield from problems.strings("units", self.units)
        if isinstance(self.units, tuple) and any(_NO_UNIT.search(unit) for unit in self.units if isinstance(unit, str)):
            yield Problem(
                "units", self.units, "units such as '%', '$' or 'km/h', without digits, points, commas, + and -"
            )

    def _line_problems(self) -> Iterator[Problem]:
        for field, value, others in (
            ("quote", self.quote, (self.delimiter,) if self.delimiter != '"' else ()),  # that one is named already
            ("comment", self.comment, (self.delimiter, self.quote)),
        ):
            if value == "" and isinstance(value, str):
                continue
            if not _is_character(value) or value in _ENDS or value in others:
                yield Problem(field, value, 'one character of ASCII that has no other meaning in the file, or ""')


def _is_character(value: object) -> bool:
    return isinstance(value, str) and len(value) == 1 and value.isascii()


@dataclass(frozen=True)
class Columns(OneFile):
    """A text file without a header line: cells with white space between them, or columns of fixed width.

    Attributes:
      file: as in Csv, and so are url and sha256; several files and compressed ones, too.
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

    @property
    def reading(self) -> dict[str, object]:
        """How a CSV file with such rows is read: its missing cells."""
        return {"missing": self.missing}

    def problems(self) -> Iterator[Problem]:
        """The fields that break their rule; with ``widths``, also another number of them than of ``names``."""
        yield from file_problems("file", self.file, self.url, self.sha256)
        yield from problems.strings("names", self.names, at_least=1)
        yield from problems.sizes("widths", self.widths)
        if self.widths and len(self.widths) != len(self.names):
            yield Problem("widths", self.widths, "one width for each of names, or () for white space between cells")
        yield from missing_problems(self.missing)
