"""CSV files, read by Arrow in blocks of some megabytes."""

from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
from pyarrow import csv

from components.data.sources import Block, Located, files, keys_of
from schemas.csv_errors import check_closed, opened, refusal
from schemas.errors import InputError
from schemas.sources import Csv

fingerprint = files.fingerprint
BLOCK_BYTES = 4 << 20


def prepare(source: Csv, dataset: str, data: Path, columns: tuple[str, ...]) -> Located:
    """Finds the file, and reads its header and first block.

    Raises InputError if it is missing, empty, no CSV file in UTF-8, or lacks a column.
    """
    located = files.find(source.files, dataset, data, "a header line and rows are expected")
    with files.readable(located.path):
        found = header(source, Path(located.path))
    files.check_columns(located.path, dataset, columns, found)
    return located


def blocks(
    source: Csv, path: str, columns: tuple[str, ...], key: tuple[str, ...] = (), limit: int = 0
) -> Iterator[Block]:
    """The file's first rows; without ``key`` a row's key is all its cells, so equal rows fall into the same split.

    Raises InputError for a row that is ragged or longer than a block, a quote that is never closed, and no rows.
    """
    first_row = 1
    try:
        for index, batch in enumerate(_open(source, path)):
            if not batch.num_rows:
                continue
            if limit:
                batch = batch.slice(0, limit - first_row + 1)
            table = pa.Table.from_batches([batch])
            keys = keys_of(batch.column(name) for name in key or batch.schema.names)
            yield Block(index, first_row, table.select(list(columns)).combine_chunks(), keys)
            first_row += batch.num_rows
            # A quote that is never closed makes all that follows it one cell: the last one.
            last_cell = batch.columns[-1][-1].as_py() or b""
            if first_row > limit > 0:
                return
    except pa.ArrowInvalid as error:
        raise refusal(path, error, first_row - 1, BLOCK_BYTES) from error
    if first_row == 1:
        raise InputError(f"{path} has a header but no rows")
    check_closed(path, first_row - 1, last_cell)


def header(source: Csv, path: Path) -> list[str]:
    """The column names; they are UTF-8 or the file is refused, and a duplicate name is one too."""
    try:
        names: list[str] = _open(source, str(path)).schema.names
    except UnicodeDecodeError as error:
        raise InputError(f"{path} is not a CSV file in UTF-8: its header: {error}; save the file as UTF-8") from error
    except pa.ArrowInvalid as error:
        raise refusal(str(path), error, 0, BLOCK_BYTES) from error
    twice = {name for name in names if names.count(name) > 1}
    if twice:
        raise InputError(f"{path} has the column {min(twice)!r} twice; each name may stand once")
    return names


def _open(source: Csv, path: str) -> csv.CSVStreamingReader:
    """A reader of all columns as bytes: the first block must not decide a column's type for the others."""
    parse = csv.ParseOptions(delimiter=source.delimiter, newlines_in_values=True)
    read = csv.ReadOptions(block_size=BLOCK_BYTES, use_threads=False)
    names = csv.open_csv(opened(path), read, parse).schema.names
    convert = csv.ConvertOptions(
        column_types={name: pa.binary() for name in names},
        null_values=list(source.missing),
        strings_can_be_null=True,
        quoted_strings_can_be_null=True,
        check_utf8=False,
    )
    return csv.open_csv(opened(path), read, parse, convert)
