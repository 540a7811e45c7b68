"""CSV files to predict, also compressed (.gz), read by Arrow in blocks of a megabyte."""

from collections.abc import Iterator

import pyarrow as pa
from pyarrow import csv

from prediction.files.rows import Chunk, Rows, check_columns, formed, kinds, present, unread
from schemas import columns
from schemas.columns import CellError, Label
from schemas.csv_errors import check_closed, opened, refusal
from schemas.errors import InputError
from schemas.model_card import ModelCard

_BLOCK_BYTES = 1 << 20  # Arrow reads 32 of them ahead
_NO_LABEL = Label("", None)


def read(path: str, card: ModelCard, keep: tuple[str, ...]) -> Rows:
    """A CSV file with a header line; delimiter and missing-value cells are those of the training source.

    Args:
      keep: the columns that identify a row; all of the file's where it is empty.

    Raises:
      InputError: the file cannot be read, or lacks a column.
    """
    delimiter = card.reading.get("delimiter") or ","
    # Opened for the header alone: a missing column is an error before the first block is converted.
    try:
        found = csv.open_csv(opened(path), _read_options(), _parse_options(delimiter)).schema.names
    except UnicodeDecodeError as error:
        raise InputError(f"{path} is not a CSV file in UTF-8: its header: {error}; save the file as UTF-8") from error
    except (pa.ArrowInvalid, OSError) as error:
        raise refusal(path, error, 0, _BLOCK_BYTES) from error
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
        raise refusal(path, error, rows, _BLOCK_BYTES) from error
    check_closed(path, rows, last_cell)  # at the end alone: Arrow has no error for it


def _chunk(path: str, before: int, batch: pa.RecordBatch, card: ModelCard, schema: pa.Schema) -> Chunk:
    """All rows of a block, converted."""

    def place(row: int) -> str:
        return f"{path}, row {before + row + 1}"

    kept, inputs, name = [], {}, ""
    try:
        for name in schema.names:
            kept.append(_text(batch[name]))
        for name, kind in kinds(card).items():
            inputs[name] = formed(columns.convert(present(batch[name], card), kind, _NO_LABEL), card, name)
    except CellError as error:
        raise InputError(f"{place(error.row)}, column {name!r}: {error.reason}") from None
    return Chunk(pa.RecordBatch.from_arrays(kept, schema=schema), inputs, place)


def _text(cells: pa.Array) -> pa.Array:
    """binary[N] to string[N] as it stands in the file. Raises CellError for bytes that are not UTF-8."""
    try:
        return cells.cast(pa.string())
    except pa.ArrowInvalid:
        columns.to_string(cells)  # raises a CellError with the row, which Arrow's error does not have
        raise


def _read_options() -> csv.ReadOptions:
    return csv.ReadOptions(block_size=_BLOCK_BYTES, use_threads=False)


def _parse_options(delimiter: str) -> csv.ParseOptions:
    return csv.ParseOptions(delimiter=delimiter, newlines_in_values=True)


def _open(path: str, delimiter: str) -> csv.CSVStreamingReader:
    """A reader of all columns as bytes and without nulls, so that the output can show each cell as it stood."""
    found = csv.open_csv(opened(path), _read_options(), _parse_options(delimiter)).schema.names
    convert = csv.ConvertOptions(
        column_types={name: pa.binary() for name in found}, strings_can_be_null=False, check_utf8=False
    )
    return csv.open_csv(opened(path), _read_options(), _parse_options(delimiter), convert)
