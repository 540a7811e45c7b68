"""Reading of examples, one module per kind of source.

Each module has ``prepare(source, dataset, data, columns) -> Located`` (is it there? before anything heavy is imported),
``fingerprint(path)`` (of its bytes) and ``blocks(source, path, columns, key, limit) -> Iterator[Block]`` (its cells in large
Arrow blocks, in order).
"""

import dataclasses
import importlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

import pyarrow as pa
import pyarrow.compute as pc

from components.data.sources import spans
from schemas.sources import Columns, Csv, Digits, IdxImages, ReutersSgml, Source, TextTar

_READERS = {
    Columns: "components.data.sources.columns_file",
    Csv: "components.data.sources.csv_file",
    Digits: "components.data.sources.digits",
    IdxImages: "components.data.sources.idx_images",
    ReutersSgml: "components.data.sources.reuters_sgml",
    TextTar: "components.data.sources.text_tar",
}
_KEY_SEPARATOR = "\x1f"  # ASCII's unit separator: cells do not contain it


@dataclass(frozen=True)
class Located:
    """A source that was found.

    Attributes:
      path: its files' paths with line ends between them; "" for a source that is part of a library.
      fingerprint: sha256 of its bytes, in hex.
      bytes: its size, of all files together.
      span: which span of the dataset it is (components.data.sources.spans).
    """

    path: str
    fingerprint: str
    bytes: int
    span: int = 0


@dataclass(frozen=True)
class Block:
    """Consecutive rows of a source.

    Attributes:
      index: 0 for the first block.
      first_row: the number of its first row, from 1, header and rows beyond the limit not counted.
      cells: binary columns, null where a value is missing.
      keys: large_binary[N]; equal keys fall into the same split.
      splits: string[N] where there is an official test set: ``test``, ``train``, or null, which is as ``train``: what upstream
        has not put into its test set may be learned from, but may not judge. None where there is no such set.
    """

    index: int
    first_row: int
    cells: pa.Table
    keys: pa.Array
    splits: pa.Array | None = None


def module_of(source: Source) -> str:
    """The name of the module that reads this kind of source."""
    return _READERS[type(source)]


def reader(source: Source) -> ModuleType:
    """The module that reads this kind of source."""
    # When it is needed: of six readers a run imports one, and scikit-learn alone takes seconds.
    return importlib.import_module(module_of(source))


def prepare(source: Source, dataset: str, data: Path, columns: Iterable[str], span: int = 0) -> Located:
    """Finds the source (downloading it where it says how). Raises InputError if it is missing, empty or lacks a column."""
    wanted = spans.of_span(source, dataset, data, span)
    located: Located = reader(source).prepare(wanted, dataset, data, tuple(columns))
    return dataclasses.replace(located, span=span)


def fingerprint(source: Source, path: str) -> str:
    """sha256 of a prepared source's bytes, in hex."""
    found: str = reader(source).fingerprint(path)
    return found


def blocks(
    source: Source, path: str, columns: Iterable[str], key: tuple[str, ...] = (), limit: int = 0
) -> Iterator[Block]:
    """The rows of a prepared source.

    Args:
      key: the columns that a row's key is made of; () for the whole row, of which a picture or a text counts alone.
      limit: the most rows, 0 for all. Without an official test set these are the first; with one, and with a folder for each
        class, they are the first of each split and class (or folder), in proportion to its size and at least one.

    Raises:
      InputError: a file that cannot be read.
    """
    yield from reader(source).blocks(source, path, tuple(columns), key, limit)


def keys_of(cells: Iterable[pa.Array]) -> pa.Array:
    """The keys of rows, large_binary[N], from the columns that count; a missing cell is as an empty one."""
    parts = [column.cast(pa.large_binary()) for column in cells]
    # Between the cells, or "a" beside "bc" would have the key of "ab" beside "c".
    separator = pa.scalar(_KEY_SEPARATOR.encode(), pa.large_binary())
    return pc.binary_join_element_wise(*parts, separator, null_handling="replace", null_replacement="")
