"""Parquet files to predict: typed columns, by the rules of a JSON request."""

from collections.abc import Callable, Iterator

import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import parquet

from prediction.files.rows import PICTURES, ROWS, Chunk, Rows, check_columns, formed, kinds, present, unread
from schemas import columns, pictures
from schemas.columns import CellError, typed
from schemas.errors import InputError, shown
from schemas.features import FINITE_NUMBER
from schemas.model_card import ModelCard

_BUFFER_BYTES = 1 << 20  # else a whole column of a row group is in memory


def read(path: str, card: ModelCard, keep: tuple[str, ...]) -> Rows:
    """A Parquet file; null, NaN and the training source's missing-value cells are missing values.

    Args:
      keep: the columns that identify a row; all of the file's but pictures where it is empty.

    Raises:
      InputError: the file cannot be read, lacks a column, or has one of a type that the model does not read.
    """
    try:
        file = parquet.ParquetFile(path, buffer_size=_BUFFER_BYTES)
        schema = file.schema_arrow
    except (pa.ArrowException, OSError) as error:
        raise InputError(f"{path} is not a Parquet file: {' '.join(str(error).split())[:300]}") from error
    check_columns(path, schema.names, card, keep)
    for name, kind in kinds(card).items():
        allowed, fits = _TYPES[kind]
        if "form" in card.inputs[name] and kind == "string":
            continue  # of any type whose text has the form: timestamps, lists, numbers
        if not fits(_plain(schema.field(name).type)):
            raise InputError(
                f"{path}, column {name!r}: received type {schema.field(name).type}; {allowed} is expected; cast the column"
            )
    pictures = [name for name, kind in kinds(card).items() if kind == "image"]
    shown = pa.schema([schema.field(name) for name in keep or schema.names if name not in pictures])
    needed = [name for name in schema.names if name in card.inputs or name in shown.names]
    chunks = _chunks(file, path, card, shown, needed, PICTURES if pictures else ROWS)
    return Rows(shown, chunks, file.metadata.num_rows, unread(schema.names, card))


def _chunks(
    file: parquet.ParquetFile, path: str, card: ModelCard, shown: pa.Schema, needed: list[str], size: int
) -> Iterator[Chunk]:
    rows = 0
    try:
        for batch in file.iter_batches(size, columns=needed, use_threads=False):
            yield _chunk(path, rows, batch, card, shown)
            rows += batch.num_rows
    except (pa.ArrowException, OSError) as error:
        raise InputError(f"{path}: after row {rows}: {' '.join(str(error).split())[:300]}") from error


def _chunk(path: str, before: int, batch: pa.RecordBatch, card: ModelCard, schema: pa.Schema) -> Chunk:
    def place(row: int) -> str:
        return f"{path}, row {before + row + 1}"

    inputs = {}
    for name, kind in kinds(card).items():
        try:
            inputs[name] = formed(_CONVERTERS[kind](_decoded(batch[name]), card), card, name)
        except CellError as error:
            raise InputError(f"{place(error.row)}, column {name!r}: {error.reason}") from None
    return Chunk(batch.select(schema.names), inputs, place)


def _plain(kind: pa.DataType) -> pa.DataType:
    # pandas writes its categories as a dictionary of values and indices.
    return kind.value_type if pa.types.is_dictionary(kind) else kind


def _decoded(values: pa.Array) -> pa.Array:
    return values.dictionary_decode() if pa.types.is_dictionary(values.type) else values


def _number(values: pa.Array, _: ModelCard) -> pa.Array:
    """Numbers to float32[N], null where missing. Raises CellError for one that is infinite as a float32."""
    # safe=False: else Arrow refuses an int beyond 2**53, which float64 rounds.
    numbers = values.cast(pa.float64(), safe=False).cast(pa.float32())
    infinite = pc.is_inf(numbers)
    if pc.any(infinite).as_py():
        row = pc.index(infinite, True).as_py()
        raise CellError(row, f"received {shown(values[row].as_py())}; {FINITE_NUMBER} is expected")
    return pc.if_else(pc.is_nan(numbers), None, numbers)


def _string(values: pa.Array, card: ModelCard) -> pa.Array:
    """Values, by the text that a CSV file would have, to binary[N] without surrounding white space, null where missing."""
    return columns.to_string(present(typed.to_text(values), card)).cast(pa.binary())


def _image(values: pa.Array, _: ModelCard) -> pa.Array:
    """Pictures as ``schemas.pictures.prepared`` makes them. Raises CellError for what is none that can be read."""
    found = []
    for row, value in enumerate(values):
        if not value.is_valid:
            raise CellError(row, f"received no value; {pictures.ALLOWED} is expected")
        content = value.as_py()
        try:
            found.append(pictures.prepared(content))
        except pictures.PictureError as error:
            raise CellError(row, f"received {shown(content[:16])}, {error}; {pictures.ALLOWED} is expected") from None
    return pa.array(found, pa.binary())


def _is_number(kind: pa.DataType) -> bool:
    return any(
        fits(kind) for fits in (pa.types.is_integer, pa.types.is_floating, pa.types.is_decimal, pa.types.is_null)
    )


def _is_string(kind: pa.DataType) -> bool:
    fits = (pa.types.is_string, pa.types.is_large_string, pa.types.is_integer, pa.types.is_null)
    return any(fit(kind) for fit in fits)


def _is_image(kind: pa.DataType) -> bool:
    return pa.types.is_binary(kind) or pa.types.is_large_binary(kind)


_TYPES: dict[str, tuple[str, Callable[[pa.DataType], bool]]] = {
    "number": ("a number", _is_number),
    "string": ("a string (or a whole number)", _is_string),
    "image": ("binary (pictures' files)", _is_image),
}
_CONVERTERS = {"number": _number, "string": _string, "image": _image}
