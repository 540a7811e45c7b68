"""CSV files, read by Arrow in blocks of some megabytes."""

import re
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
from pyarrow import csv

from components.sources import Block, Located, files, keys_of
from schemas.errors import InputError, shown
from schemas.sources import Csv

fingerprint = files.fingerprint
BLOCK_BYTES = 4 << 20
_RAGGED = re.compile(r"Row #(\d+): Expected (\d+) columns, got (\d+): (.*)", re.DOTALL)


def prepare(source: Csv, dataset: str, data: Path, columns: tuple[str, ...]) -> Located:
    """Finds the file, and reads its header and first block.

    Raises InputError if it is missing, empty, no CSV file in UTF-8, or lacks a column.
    """
    located = files.find(source.files, dataset, data, "a header line and rows are expected")
    with files.readable(located.path):
        header = _header(source, Path(located.path))
    files.check_columns(located.path, dataset, columns, header)
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
            last_cell = batch.columns[-1][-1].as_py() or b""
            if first_row > limit > 0:
                return
    except pa.ArrowInvalid as error:
        raise _refusal(path, error, first_row - 1) from error
    if first_row == 1:
        raise InputError(f"{path} has a header but no rows")
    if _is_unclosed(path, last_cell):
        raise InputError(
            f"{path}, row {first_row - 1}: the last cell's quote is never closed, so that the rest of the file, "
            f"{shown(last_cell.decode(errors='replace'))}, is in that cell; close it"
        )


def _header(source: Csv, path: Path) -> list[str]:
    """The column names; they are UTF-8 or the file is refused, and a duplicate name is one too."""
    try:
        names: list[str] = _open(source, str(path)).schema.names
    except UnicodeDecodeError as error:
        raise InputError(f"{path} is not a CSV file in UTF-8: its header: {error}; save the file as UTF-8") from error
    except pa.ArrowInvalid as error:
        raise _refusal(str(path), error, 0) from error
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


def _refusal(path: str, error: pa.ArrowInvalid, rows: int) -> InputError:
    """What is wrong with the file, in our words; ``rows`` is how many rows were read before.

    Arrow's message is read, as its invalid_row_handler is not called for a row that is not UTF-8.
    """
    reason = str(error)
    if ragged := _RAGGED.search(reason):
        number, expected, received, text = ragged.groups()
        where = f"{path}, row {int(number) - 1}"  # Arrow counts the header
        return InputError(
            f"{where}: received {received} cells ({shown(text)}); {expected} are expected, as in the header"
        )
    if "straddles" in reason:
        size = f"longer than {BLOCK_BYTES:,} bytes, the most that are allowed"
        return InputError(f"{path}: a row after row {rows} is {size}; look for a quote that is not closed")
    if "Empty CSV file" in reason:  # it has no line, or none that ends
        if Path(path).read_bytes().strip():
            return InputError(f"{path} has a header but no rows")
        return InputError(f"{path} has blank lines alone; a header line and rows are expected")
    return InputError(f"{path}: after row {rows}: {' '.join(reason.split())[:300]}")


def _is_unclosed(path: str, last_cell: bytes) -> bool:
    """Whether the file ends inside the quotes of its last cell, which Arrow lets pass."""
    if b"\n" not in last_cell.strip():
        return False
    tail = b'"' + last_cell.replace(b'"', b'""')
    with open(path, "rb") as file:
        file.seek(max(0, Path(path).stat().st_size - len(tail)))
        return file.read() == tail
