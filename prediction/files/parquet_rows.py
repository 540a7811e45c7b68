"""Parquet and Arrow files to predict: typed columns, read as in training."""

from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa

from prediction.files import arrow_files
from prediction.files.rows import PICTURES, ROWS, Chunk, Rows, check_columns, kinds, unread
from prediction.files.typed_inputs import allowed_types, input_of
from schemas.columns import CellError, nested
from schemas.errors import InputError
from schemas.model_card import ModelCard


def read(path: str, card: ModelCard, keep: tuple[str, ...]) -> Rows:
    """A Parquet or Arrow file; null, NaN and the training source's missing-value cells are missing values.

    Args:
      keep: the columns that identify a row; all of the file's but pictures where it is empty.

    Raises:
      InputError: the file cannot be read, lacks a column, or has one of a type that the model does not read.
    """
    file = Path(path)
    try:
        schema, total = arrow_files.schema_of(file), arrow_files.rows_of(file)
    except (pa.ArrowException, OSError) as error:
        raise InputError(f"{path} is not a Parquet file (nor an Arrow file): {_one_line(error)}") from error
    found = [*schema.names, *(name for name in card.inputs if name not in schema.names and nested.top_of(schema, name))]
    check_columns(path, found, card, keep)
    tops = {name: str(nested.top_of(schema, name)) for name in card.inputs}
    for name in card.inputs:
        kind = nested.type_of(schema, name)
        if (allowed := allowed_types(card, name, kind)) is not None:
            raise InputError(f"{path}, column {name!r}: received type {kind}; {allowed} is expected; cast the column")
    pictures = {tops[name] for name, kind in kinds(card).items() if kind == "image"}
    shown = pa.schema([schema.field(name) for name in keep or schema.names if name not in pictures])
    needed = [name for name in schema.names if name in tops.values() or name in shown.names]
    chunks = _chunks(file, card, shown, needed, PICTURES if pictures else ROWS)
    return Rows(shown, chunks, total, unread([name for name in schema.names if name not in tops.values()], card))


def _chunks(file: Path, card: ModelCard, shown: pa.Schema, needed: list[str], size: int) -> Iterator[Chunk]:
    rows = 0
    try:
        for batch in arrow_files.batches(file, needed, size):
            if batch.num_rows:
                yield _chunk(file, rows, batch, card, shown)
                rows += batch.num_rows
    except (pa.ArrowException, OSError) as error:
        raise InputError(f"{file}: after row {rows}: {_one_line(error)}") from error


def _chunk(file: Path, before: int, batch: pa.RecordBatch, card: ModelCard, schema: pa.Schema) -> Chunk:
    def place(row: int) -> str:
        return f"{file}, row {before + row + 1}"

    inputs = {}
    for name in card.inputs:
        try:
            inputs[name] = input_of(card, name, nested.column(batch, name))
        except CellError as error:
            raise InputError(f"{place(error.row)}, column {name!r}: {error.reason}") from None
    return Chunk(batch.select(schema.names), inputs, place)


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split())[:300]
