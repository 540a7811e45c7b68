"""Corrupted copies of tables: CSV files, and files of columns without a header."""

import csv
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tensorflow_metadata.proto.v0 import schema_pb2

from schemas import curated
from schemas.errors import AnomalyError, InputError

NEW_NAME = "brand new"
Row = list[str]


@dataclass(frozen=True)
class Corruption:
    """A way to spoil a dataset's files, and what must come of it.

    Attributes:
      write: writes the spoilt copy into a folder.
      error: what stops the run; None where it must go on.
      words: what the error names.
      broken: how many values the error must count, None for any number.
      rows: how many rows must be read where the run goes on, None for any number.
    """

    write: Callable[[Path], None]
    error: type[Exception] | None
    words: tuple[str, ...] = ()
    broken: int | None = None
    rows: int | None = None


class Table:
    """The rows of a table that a page reads; subclasses know the file's format."""

    def __init__(self, page: Any, data: Path) -> None:
        self.page = page
        self.content = (data / page.name / page.source.file).read_bytes()
        self.header, self.rows = self.read(self.content)
        self.schema = curated.parse(curated.text_of(page.name), page.name)

    def read(self, content: bytes) -> tuple[Row, list[Row]]:
        raise NotImplementedError

    def bytes_of(self, header: Row, rows: list[Row]) -> bytes:
        raise NotImplementedError

    def renamed(self) -> Corruption:
        raise NotImplementedError

    def corruptions(self) -> dict[str, Corruption]:
        """By name; a name that the data has no column for is left out."""
        half = len(self.rows) // 2
        found = {
            # In House Prices, no house of the train split then has a pool.
            "half": Corruption(self._writer(self.rows[:half]), None, rows=half),
            "cut inside a row": Corruption(
                self._writer(self.rows, cut=True), InputError, (f"row {len(self.rows)}", "cells")
            ),
            "renamed": self.renamed(),
            "shifted": self._shifted(),
            "a new name in a closed column": self._new_name(closed=True),
            "a new name in an open column": self._new_name(closed=False),
        }
        return {name: corruption for name, corruption in found.items() if corruption}

    def _writer(self, rows: list[Row], header: Row | None = None, cut: bool = False) -> Callable[[Path], None]:
        content = self.bytes_of(header or self.header, rows)
        if cut:  # inside the last row, some cells before its end
            last = self.bytes_of(self.header, [*rows[:-1], rows[-1][: len(self.header) // 2]])
            content = last.rstrip()

        def write(folder: Path) -> None:
            (folder / self.page.source.file).write_bytes(content)

        return write

    def _columns(self, wanted: Callable[[Any], bool]) -> list[int]:
        """The places of the page's own columns, but the label, whose feature in the schema is as wanted."""
        used = set(self.page.columns()) - {self.page.task.label}
        features = {feature.name: feature for feature in self.schema.feature}
        return [i for i, name in enumerate(self.header) if name in used & features.keys() and wanted(features[name])]

    def _shifted(self) -> Corruption | None:
        (place, *_) = self._columns(lambda feature: feature.HasField("float_domain")) or [None]
        if place is None:
            return None
        name = self.header[place]
        (domain,) = (feature.float_domain for feature in self.schema.feature if feature.name == name)
        rows, broken = [], 0
        for row in self.rows:
            cell = row[place]
            if cell not in self.page.source.missing:
                shifted = 1000 * float(cell)
                broken += not domain.min <= shifted <= domain.max
                cell = str(shifted)
            rows.append([*row[:place], cell, *row[place + 1 :]])
        return Corruption(self._writer(rows), AnomalyError, (f"column {name!r}", "above"), broken=broken)

    def _new_name(self, *, closed: bool) -> Corruption | None:
        names = curated.domains(self.schema)
        places = [
            i
            for i in self._columns(lambda feature: feature.type == schema_pb2.BYTES)
            if (self.header[i] in names) == closed
        ]
        if not places:
            return None
        place = places[0]
        rows = [[*row[:place], NEW_NAME, *row[place + 1 :]] if i % 10 < 3 else row for i, row in enumerate(self.rows)]
        broken = sum(i % 10 < 3 for i in range(len(rows)))
        if not closed:
            return Corruption(self._writer(rows), None, rows=len(rows))
        words = (f"column {self.header[place]!r}", "outside", NEW_NAME)
        return Corruption(self._writer(rows), AnomalyError, words, broken=broken)


class CsvTable(Table):
    """schemas.sources.Csv."""

    def read(self, content: bytes) -> tuple[Row, list[Row]]:
        header, *rows = csv.reader(content.decode().splitlines(keepends=True), delimiter=self.page.source.delimiter)
        return header, rows

    def bytes_of(self, header: Row, rows: list[Row]) -> bytes:
        quoted = (self.page.source.delimiter, '"', "\n")
        lines = [
            self.page.source.delimiter.join(
                '"' + cell.replace('"', '""') + '"' if any(mark in cell for mark in quoted) else cell for cell in row
            )
            for row in (header, *rows)
        ]
        return "".join(f"{line}\n" for line in lines).encode()

    def renamed(self) -> Corruption:
        used = set(self.page.columns()) - {self.page.task.label}
        place = next(i for i, name in enumerate(self.header) if name in used)
        header = [*self.header[:place], "renamed", *self.header[place + 1 :]]
        return Corruption(self._writer(self.rows, header), InputError, (f"column {self.header[place]!r}", "renamed"))


class SpacedTable(Table):
    """schemas.sources.Columns without widths; it has no header, so that a column can be lost but not renamed."""

    def read(self, content: bytes) -> tuple[Row, list[Row]]:
        rows = [re.findall(r'"[^"]*"|\S+', line) for line in content.decode().splitlines()]
        return list(self.page.source.names), [[cell.strip('"') for cell in row] for row in rows]

    def bytes_of(self, header: Row, rows: list[Row]) -> bytes:
        lines = ["   ".join(f'"{cell}"' if " " in cell else cell for cell in row) for row in rows]
        return "".join(f"{line}\n" for line in lines).encode()

    def renamed(self) -> Corruption:
        n = len(self.header)
        words = ("row 1", f"received {n - 1} cells", f"{n} are expected")
        return Corruption(self._writer([row[1:] for row in self.rows]), InputError, words)
