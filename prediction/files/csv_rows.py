"""CSV files to predict, compressed or not, read by Arrow in blocks of a megabyte."""

from collections.abc import Iterator

import pyarrow as pa

from prediction.files.rows import Chunk, Rows, check_columns, kinds, present, unread
from schemas import columns, forms
from schemas.columns import CellError, Label, NumberStyle
from schemas.csv_files import batches
from schemas.csv_files.compression import DAMAGED, parts_of
from schemas.csv_files.dialect import Dialect
from schemas.csv_files.lines import CsvText
from schemas.errors import InputError, shown
from schemas.model_card import ModelCard

_BLOCK_BYTES = 1 << 20  # Arrow reads 32 of them ahead
_NO_LABEL = Label("", None)


def read(path: str, card: ModelCard, keep: tuple[str, ...]) -> Rows:
    """A CSV file, written as the training source is: its delimiter, its numbers, its missing-value cells.

    Args:
      keep: the columns that identify a row; all of the file's that have a name where it is empty.

    Raises:
      InputError: the file cannot be read, or lacks a column.
    """
    texts = _texts(path, card)
    # Opened for the header alone: a missing column is an error before the first block is converted.
    headers = [batches.header(text, _BLOCK_BYTES) for text in texts]
    found = headers[0]
    for text, other in zip(texts, headers, strict=True):
        if other != found:
            raise InputError(f"{text.name} has another header than {texts[0].name}; give each file by itself")
    check_columns(texts[0].name, found, card, keep)
    named = [name for name in found if name or found.count(name) == 1]
    schema = pa.schema([(name, pa.string()) for name in keep or named])
    chunks = (chunk for text in texts for chunk in _chunks(text, card, schema))
    return Rows(schema, chunks, unread=[name for name in unread(named, card) if name])


def _texts(path: str, card: ModelCard) -> list[CsvText]:
    try:
        return [CsvText(part, Dialect.of(card.reading)) for part in parts_of(path)]
    except (OSError, *DAMAGED) as error:
        raise InputError(f"{path} cannot be read: {' '.join(str(error).split()) or type(error).__name__}") from error


def _chunks(text: CsvText, card: ModelCard, schema: pa.Schema) -> Iterator[Chunk]:
    rows = 0
    for batch in batches.batches(
        text, _BLOCK_BYTES
    ):  # without nulls, so that the output can show each cell as it stood
        if batch.num_rows:
            yield from _chunk(text.name, rows, batch, card, schema).slices()
            rows += batch.num_rows


def _chunk(path: str, before: int, batch: pa.RecordBatch, card: ModelCard, schema: pa.Schema) -> Chunk:
    """All rows of a block, converted."""

    def place(row: int) -> str:
        return f"{path}, row {before + row + 1}"

    kept, inputs, name = [], {}, ""
    style = NumberStyle.of(card.reading)
    try:
        for name in schema.names:
            kept.append(_text(batch[name]))
        for name, kind in kinds(card).items():
            form = forms.of_spec(card.inputs[name])
            inputs[name] = columns.convert(present(batch[name], card), kind, _NO_LABEL, form, style)
    except CellError as error:
        raise InputError(f"{place(error.row)}, column {shown(name)}: {error.reason}") from None
    return Chunk(pa.RecordBatch.from_arrays(kept, schema=schema), inputs, place)


def _text(cells: pa.Array) -> pa.Array:
    """binary[N] to string[N] as it stands in the file. Raises CellError for bytes that are not UTF-8."""
    try:
        return cells.cast(pa.string())
    except pa.ArrowInvalid:
        columns.to_string(cells)  # raises a CellError with the row, which Arrow's error does not have
        raise
