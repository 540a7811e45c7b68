"""CSV files to predict, also compressed (.gz), read by Arrow in blocks of a megabyte."""

import re
from collections.abc import Iterator

import pyarrow as pa
from pyarrow import csv

from schemas import columns
from schemas.columns import CellError, Label
from schemas.errors import InputError, shown
from schemas.model_card import ModelCard
from serving.batch_rows import Chunk, Rows, check_columns, kinds, present, unread

_BLOCK_BYTES = 1 << 20  # Arrow reads 32 of them ahead
_NO_LABEL = Label("", None)
_RAGGED = re.compile(r"Row #(\d+): Expected (\d+) columns, got (\d+): (.*)", re.DOTALL)


def read(path: str, card: ModelCard, keep: tuple[str, ...]) -> Rows:
    """A CSV file with a header line; delimiter and missing-value cells are those of the training source.

    Args:
      keep: the columns that identify a row; all of the file's where it is empty.

    Raises:
      InputError: the file cannot be read, or lacks a column.
    """
    delimiter = card.reading.get("delimiter") or ","
    try:
        found = csv.open_csv(path, _read_options(), _parse_options(delimiter)).schema.names
    except UnicodeDecodeError as error:
        raise InputError(f"{path} is not a CSV file in UTF-8: its header: {error}; save the file as UTF-8") from error
    except (pa.ArrowInvalid, OSError) as error:
        raise _refusal(path, error, 0) from error
    check_columns(path, found, card, keep)
    schema = pa.schema([(name, pa.string()) for name in keep or found])
    return Rows(schema, _chunks(path, card, delimiter, schema), unread=unread(found, card))


def _chunks(path: str, card: ModelCard, delimiter: str, schema: pa.Schema) -> Iterator[Chunk]:
    rows, last_cell = 0, b""
    try:
        for batch in _open(path, delimiter):
            if batch.num_rows:
                yield from _chunk(path, rows, batch, card, schema).slices()
                rows += batch.num_rows
                last_cell = batch.columns[-1][-1].as_py()
    except (pa.ArrowInvalid, OSError) as error:
        raise _refusal(path, error, rows) from error
    if _is_unclosed(path, last_cell):
        raise InputError(
            f"{path}, row {rows}: the last cell's quote is never closed, so that the rest of the file, "
            f"{shown(last_cell.decode(errors='replace'))}, is in that cell; close it"
        )


def _chunk(path: str, before: int, batch: pa.RecordBatch, card: ModelCard, schema: pa.Schema) -> Chunk:
    """All rows of a block, converted."""

    def place(row: int) -> str:
        return f"{path}, row {before + row + 1}"

    kept, inputs, name = [], {}, ""
    try:
        for name in schema.names:
            kept.append(_text(batch[name]))
        for name, kind in kinds(card).items():
            inputs[name] = columns.convert(present(batch[name], card), kind, _NO_LABEL)
    except CellError as error:
        raise InputError(f"{place(error.row)}, column {name!r}: {error.reason}") from None
    return Chunk(pa.RecordBatch.from_arrays(kept, schema=schema), inputs, place)


def _text(cells: pa.Array) -> pa.Array:
    """binary[N] to string[N] as it stands in the file. Raises CellError for bytes that are not UTF-8."""
    try:
        return cells.cast(pa.string())
    except pa.ArrowInvalid:
        columns.to_string(cells)  # says which cell
        raise


def _read_options() -> csv.ReadOptions:
    return csv.ReadOptions(block_size=_BLOCK_BYTES, use_threads=False)


def _parse_options(delimiter: str) -> csv.ParseOptions:
    return csv.ParseOptions(delimiter=delimiter, newlines_in_values=True)


def _open(path: str, delimiter: str) -> csv.CSVStreamingReader:
    """A reader of all columns as bytes and without nulls, so that the output can show each cell as it stood."""
    found = csv.open_csv(path, _read_options(), _parse_options(delimiter)).schema.names
    convert = csv.ConvertOptions(
        column_types={name: pa.binary() for name in found}, strings_can_be_null=False, check_utf8=False
    )
    return csv.open_csv(path, _read_options(), _parse_options(delimiter), convert)


def _refusal(path: str, error: Exception, rows: int) -> InputError:
    """What is wrong with the file; ``rows`` is how many were read before."""
    reason = " ".join(str(error).split())
    if ragged := _RAGGED.search(reason):
        number, expected, received, text = ragged.groups()
        where = f"{path}, row {int(number) - 1}"  # Arrow counts the header
        return InputError(
            f"{where}: received {received} cells ({shown(text)}); {expected} are expected, as in the header"
        )
    if "straddles" in reason:
        size = f"longer than {_BLOCK_BYTES:,} bytes, the most that are allowed"
        return InputError(f"{path}: a row after row {rows} is {size}; look for a quote that is not closed")
    if "Empty CSV file" in reason:
        return InputError(f"{path} has no rows; a header line and rows are expected")
    return InputError(f"{path}: after row {rows}: {reason[:300]}")


def _is_unclosed(path: str, last_cell: bytes) -> bool:
    """Whether the file ends inside the quotes of its last cell, which Arrow lets pass."""
    if b"\n" not in last_cell.strip():
        return False
    tail = b'"' + last_cell.replace(b'"', b'""')
    end = b""
    with pa.input_stream(path) as file:  # by its suffix, decompressed
        while part := file.read(_BLOCK_BYTES):
            end = (end + part)[-len(tail) :]
    return end == tail
