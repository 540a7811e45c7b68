"""CSV files, read by Arrow in blocks of some megabytes."""

import hashlib
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv

from components.sources import Block, Located
from components.sources.download import download
from schemas.errors import InputError
from schemas.sources import Csv

BLOCK_BYTES = 4 << 20
_KEY_SEPARATOR = "\x1f"  # ASCII's unit separator: cells do not contain it


def prepare(source: Csv, dataset: str, data: Path, columns: tuple[str, ...]) -> Located:
    """Finds the file and reads its header. Raises InputError if it is missing, empty or lacks a column."""
    path = data / dataset / source.file
    if not path.exists():
        download(source.url, source.sha256, path, dataset)
    try:
        size = path.stat().st_size
        if size == 0:
            raise InputError(f"{path} is empty; a header line and rows are expected")
        header = _header(source, path)
        with path.open("rb") as file:
            fingerprint = hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise InputError(f"cannot read {path}: {error.strerror or error}") from error
    for column in columns:
        if column not in header:
            raise InputError(
                f"{path} has no column {column!r}, which {dataset} needs; its columns are {', '.join(header)}"
            )
    return Located(str(path), fingerprint, size)


def blocks(source: Csv, path: str, columns: tuple[str, ...]) -> Iterator[Block]:
    """The file's rows; a row's key is all its cells, so equal rows fall into the same split."""
    first_row = 1
    try:
        reader = _open(source, path)
        for index, batch in enumerate(reader):
            if not batch.num_rows:
                continue
            table = pa.Table.from_batches([batch])
            yield Block(index, first_row, table.select(list(columns)).combine_chunks(), _keys(batch))
            first_row += batch.num_rows
    except pa.ArrowInvalid as error:
        raise InputError(f"{path}: after row {first_row - 1}: {' '.join(str(error).split())[:300]}") from error
    if first_row == 1:
        raise InputError(f"{path} has a header but no rows")


def _keys(batch: pa.RecordBatch) -> pa.Array:
    cells = [column.cast(pa.large_binary()) for column in batch.columns]
    separator = pa.scalar(_KEY_SEPARATOR.encode(), pa.large_binary())
    return pc.binary_join_element_wise(*cells, separator, null_handling="replace", null_replacement="")


def _header(source: Csv, path: Path) -> list[str]:
    """The column names; they are UTF-8 or the file is refused, and a duplicate name is one too."""
    try:
        names: list[str] = _open(source, str(path)).schema.names
    except (pa.ArrowInvalid, UnicodeDecodeError) as error:
        raise InputError(f"{path} is not a CSV file in UTF-8: {' '.join(str(error).split())[:200]}") from error
    twice = {name for name in names if names.count(name) > 1}
    if twice:
        raise InputError(f"{path} has the column {min(twice)!r} twice; each name may stand once")
    return names


def _open(source: Csv, path: str) -> csv.CSVStreamingReader:
    """A reader of all columns as bytes: the first block must not decide a column's type for the others."""
    parse = csv.ParseOptions(delimiter=source.delimiter, newlines_in_values=True)
    read = csv.ReadOptions(block_size=BLOCK_BYTES, use_threads=False)
    names = csv.open_csv(path, read, parse).schema.names
    convert = csv.ConvertOptions(
        column_types={name: pa.binary() for name in names},
        null_values=list(source.missing),
        strings_can_be_null=True,
        quoted_strings_can_be_null=True,
        check_utf8=False,
    )
    return csv.open_csv(path, read, parse, convert)
