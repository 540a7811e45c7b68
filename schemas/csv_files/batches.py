"""CSV text to Arrow's batches, as training and prediction read it."""

import codecs
from collections import Counter
from collections.abc import Iterator

import pyarrow as pa
from pyarrow import csv

from schemas import events
from schemas.csv_files import errors
from schemas.csv_files.compression import DAMAGED
from schemas.csv_files.lines import CsvText
from schemas.errors import InputError, listed, shown

_UTF_16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_FIRST = 4096


def header(text: CsvText, block_bytes: int) -> list[str]:
    """The column names, with a note where there are spaces around them, which do not count.

    Raises InputError for an empty or damaged file, one in another encoding, a name that stands twice, and a first block that
    is no CSV.
    """
    written = _names(text, block_bytes)
    names = stripped(written)
    spaced = [name for name, kept in zip(written, names, strict=True) if name != kept]
    if spaced:
        events.publish(events.Note(f"{text.name}: spaces around these column names do not count: {listed(spaced)}"))
    # A column without a name, such as a delimiter at the end of each line makes, cannot be asked for: there may be several.
    twice = [name for name in names if name and names.count(name) > 1]
    if twice:
        raise InputError(f"{text.name} has the column {shown(min(twice))} twice; each name may stand once")
    return names


def stripped(names: list[str]) -> list[str]:
    """The names without spaces around them; those that would then be the same stay as they are."""
    counts = Counter(name.strip() for name in names)
    return [name.strip() if counts[name.strip()] == 1 else name for name in names]


def _names(text: CsvText, block_bytes: int) -> list[str]:
    try:
        _check_text(text)
        reader = _reader(text, block_bytes, None, None)
        names: list[str] = reader.schema.names
    except UnicodeDecodeError as error:
        way = 'save the file as UTF-8, or say its encoding, such as encoding="latin-1"'
        raise InputError(f"{text.name} is not a CSV file in UTF-8: its header: {error}; {way}") from error
    except (pa.ArrowInvalid, OSError, *DAMAGED) as error:
        raise errors.refusal(text, error, 0, block_bytes) from error
    return names


def _check_text(text: CsvText) -> None:
    """Raises InputError for UTF-16 that is read as UTF-8: every other byte of it is NUL."""
    if not text.dialect.is_utf_8:
        return
    with text.opened() as file:
        first = file.read(_FIRST)
    line = first.splitlines()[0] if first.splitlines() else b""
    if first.startswith(_UTF_16):
        raise InputError(f'{text.name} is UTF-16; say encoding="utf-16", or save it as UTF-8')
    if b"\0" in line:
        way = 'of text in UTF-16 say encoding="utf-16-le" or "utf-16-be"'
        raise InputError(f"{text.name}: received {shown(line)} as its first line; text is expected; {way}")


def batches(text: CsvText, block_bytes: int, nulls: tuple[str, ...] | None = None) -> Iterator[pa.RecordBatch]:
    """The rows, of columns of bytes whose names are ``header``'s; batches may be empty.

    Args:
      block_bytes: the longest row that is allowed.
      nulls: cells that become null; None for none.

    Raises:
      InputError: a row that is ragged or longer than a block, a quote that is never closed, a damaged file.
    """
    rows, last_cell = 0, b""
    try:
        names = _reader(text, block_bytes, None, None).schema.names
        for batch in _reader(text, block_bytes, names, nulls):
            yield batch.rename_columns(stripped(names))
            rows += batch.num_rows
            if batch.num_rows:  # a quote that is never closed makes all that follows it one cell: the last one
                last_cell = batch.columns[-1][-1].as_py() or b""
    except (pa.ArrowInvalid, OSError, *DAMAGED) as error:
        raise errors.refusal(text, error, rows, block_bytes) from error
    errors.check_closed(text, rows, last_cell)


def _reader(
    text: CsvText, block_bytes: int, names: list[str] | None, nulls: tuple[str, ...] | None
) -> csv.CSVStreamingReader:
    """A reader of the columns ``names`` as bytes: the first block must not decide a column's type for the others."""
    dialect = text.dialect
    parse = csv.ParseOptions(delimiter=dialect.delimiter, quote_char=dialect.quote or False, newlines_in_values=True)
    read = csv.ReadOptions(
        block_size=block_bytes, use_threads=False, column_names=None if dialect.header else list(dialect.names)
    )
    convert = csv.ConvertOptions(
        column_types={name: pa.binary() for name in names or ()},
        null_values=list(nulls or ()),
        strings_can_be_null=nulls is not None,
        quoted_strings_can_be_null=nulls is not None,
        check_utf8=False,
    )
    return csv.open_csv(text.opened(), read, parse, convert)
