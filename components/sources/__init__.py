"""Reading of examples, one module per kind of source.

Each module has ``prepare(source, dataset, data, columns) -> Located`` (is it there? before anything heavy is imported),
``fingerprint(path)`` (of its bytes) and ``blocks(source, path, columns) -> Iterator[Block]`` (its cells in large Arrow
blocks, in order).
"""

import importlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

import pyarrow as pa

from schemas.sources import Csv, Digits, Source

_READERS = {Csv: "components.sources.csv_file", Digits: "components.sources.digits"}


@dataclass(frozen=True)
class Located:
    """A source that was found.

    Attributes:
      path: its file, "" for one that is part of a library.
      fingerprint: sha256 of its bytes, in hex.
      bytes: its size.
    """

    path: str
    fingerprint: str
    bytes: int


@dataclass(frozen=True)
class Block:
    """Consecutive rows of a source.

    Attributes:
      index: 0 for the first block.
      first_row: the number of its first row, from 1, header not counted.
      cells: binary columns, null where a value is missing.
      keys: string[N]; equal keys fall into the same split.
    """

    index: int
    first_row: int
    cells: pa.Table
    keys: pa.Array


def reader(source: Source) -> ModuleType:
    """The module that reads this kind of source."""
    return importlib.import_module(_READERS[type(source)])


def prepare(source: Source, dataset: str, data: Path, columns: Iterable[str]) -> Located:
    """Finds the source (downloading it where it says how). Raises InputError if it is missing, empty or lacks a column."""
    located: Located = reader(source).prepare(source, dataset, data, tuple(columns))
    return located


def fingerprint(source: Source, path: str) -> str:
    """sha256 of a prepared source's bytes, in hex."""
    found: str = reader(source).fingerprint(path)
    return found


def blocks(source: Source, path: str, columns: Iterable[str]) -> Iterator[Block]:
    """All rows of a prepared source. Raises InputError for a file that cannot be read."""
    yield from reader(source).blocks(source, path, tuple(columns))
