"""Reading of examples, one module per kind of source.

Each module has ``prepare(source, dataset, data, columns) -> Located`` (is it there? before anything heavy is imported),
``fingerprint(path)`` (of its bytes) and ``blocks(source, path, columns, key, limit) -> Iterator[Block]`` (its cells in large
Arrow blocks, in order).
"""

import dataclasses
import hashlib
import importlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

import pyarrow as pa
import pyarrow.compute as pc

from components.data.sources import spans
from schemas.sources import (
    Columns,
    Csv,
    Digits,
    IdxImages,
    ImageFolder,
    JsonLines,
    Parquet,
    ReutersSgml,
    Source,
    Sql,
    TextTar,
    TfRecord,
)

_READERS = {
    Columns: "components.data.sources.columns_file",
    Csv: "components.data.sources.csv_file",
    Digits: "components.data.sources.digits",
    IdxImages: "components.data.sources.idx_images",
    ImageFolder: "components.data.sources.image_folder",
    JsonLines: "components.data.sources.json_lines",
    Parquet: "components.data.sources.parquet_files",
    ReutersSgml: "components.data.sources.reuters_sgml",
    Sql: "components.data.sources.sql_query",
    TextTar: "components.data.sources.text_tar",
    TfRecord: "components.data.sources.tf_records",
}
_SPAN_SEPARATOR = "\n\n"
_KEY_SEPARATOR = "\x1f"  # ASCII's unit separator: cells do not contain it


@dataclass(frozen=True)
class Located:
    """A source that was found.

    Attributes:
      path: its files' paths with line ends between them, and empty lines between spans; "" for a source that is part of a
        library.
      fingerprint: sha256 of its bytes, in hex.
      bytes: its size, of all files together.
      span: which span of the dataset it is (components.data.sources.spans), the last one of several.
      window: how many spans it is made of.
    """

    path: str
    fingerprint: str
    bytes: int
    span: int = 0
    window: int = 1


@dataclass(frozen=True)
class Block:
    """Consecutive rows of a source.

    Attributes:
      index: 0 for the first block.
      first_row: the number of its first row, from 1, header and rows beyond the limit not counted; over all spans.
      cells: binary columns of text, or Arrow's own types (schemas.columns.typed); null where a value is missing.
      keys: large_binary[N]; equal keys fall into the same split.
      splits: string[N] where there is an official test set: ``test``, ``train``, or null, which is as ``train``: what upstream
        has not put into its test set may be learned from, but may not judge. None where there is no such set.
      file: of several files or spans, the one that it is from, for errors; "" where the source is one.
      rows_before: how many rows the files and spans before it have.
      rows: int64[N], the numbers of its rows, where they do not follow each other.
      times: int64[N] or float64[N] (components.data.times), where rows are divided by times that are no cells of theirs.
      until: as ``times``, the last ones that a row's label reaches to; None where it is of one time.
    """

    index: int
    first_row: int
    cells: pa.Table
    keys: pa.Array
    splits: pa.Array | None = None
    file: str = ""
    rows_before: int = 0
    rows: pa.Array | None = None
    times: pa.Array | None = None
    until: pa.Array | None = None


def module_of(source: Source) -> str:
    """The name of the module that reads this kind of source."""
    return _READERS[type(source)]


def reader(source: Source) -> ModuleType:
    """The module that reads this kind of source."""
    # When it is needed: of seven readers a run imports one, and scikit-learn alone takes seconds.
    return importlib.import_module(module_of(source))


def prepare(
    source: Source, dataset: str, data: Path, columns: Iterable[str], span: int = 0, window: int = 1
) -> Located:
    """Finds the source (downloading it where it says how).

    Args:
      span: 0 for the dataset's own folder.
      window: how many spans are read together, the last of which is ``span``.

    Raises:
      InputError: it, or a span of the window, is missing, empty or lacks a column.
    """
    found: list[Located] = [
        reader(source).prepare(spans.of_span(source, dataset, data, number), dataset, data, tuple(columns))
        for number in spans.of_window(span, window)
    ]
    path = _SPAN_SEPARATOR.join(one.path for one in found)
    digest = _together([one.fingerprint for one in found])
    return Located(path, digest, sum(one.bytes for one in found), span, window)


def fingerprint(source: Source, path: str) -> str:
    """sha256 of a prepared source's bytes, in hex; of several spans, that of their sha256s."""
    return _together([reader(source).fingerprint(part) for part in path.split(_SPAN_SEPARATOR)])


def _together(digests: list[str]) -> str:
    return digests[0] if len(digests) == 1 else hashlib.sha256("".join(digests).encode()).hexdigest()


def blocks(
    source: Source, path: str, columns: Iterable[str], key: tuple[str, ...] = (), limit: int = 0
) -> Iterator[Block]:
    """The rows of a prepared source, span after span, the oldest first.

    Args:
      key: the columns that a row's key is made of; () for the whole row, of which a picture or a text counts alone.
      limit: the most rows, 0 for all. Without an official test set these are the first; with one, and with a folder for each
        class, they are the first of each split and class (or folder), in proportion to its size and at least one. Of several
        spans, the oldest ones give their rows first.

    Raises:
      InputError: a file that cannot be read.
    """
    parts = path.split(_SPAN_SEPARATOR)
    if len(parts) == 1:
        yield from reader(source).blocks(source, path, tuple(columns), key, limit)
        return
    index = rows = 0
    for part in parts:
        if limit and rows >= limit:
            return
        before, left = rows, limit - rows if limit else 0
        for block in reader(source).blocks(source, part, tuple(columns), key, left):
            first_row = block.first_row + before
            file = block.file or part.partition("\n")[0]
            rows_before = before + block.rows_before
            yield dataclasses.replace(block, index=index, first_row=first_row, file=file, rows_before=rows_before)
            index, rows = index + 1, first_row - 1 + block.cells.num_rows


def keys_of(cells: Iterable[pa.Array]) -> pa.Array:
    """The keys of rows, large_binary[N], from the columns that count; a missing cell is as an empty one."""
    parts = [column.cast(pa.large_binary()) for column in cells]
    # Between the cells, or "a" beside "bc" would have the key of "ab" beside "c".
    separator = pa.scalar(_KEY_SEPARATOR.encode(), pa.large_binary())
    return pc.binary_join_element_wise(*parts, separator, null_handling="replace", null_replacement="")
