"""What is wrong with a CSV file, in one line, from what Arrow says of it."""

import codecs
import re

from schemas.csv_files.compression import DAMAGED
from schemas.csv_files.lines import CsvText
from schemas.errors import InputError, shown

_RAGGED = re.compile(r"Row #(\d+): Expected (\d+) columns, got (\d+): (.*)", re.DOTALL)
_CHUNK = 1 << 20
_EMPTY = "Empty CSV file"


def refusal(text: CsvText, error: Exception, rows: int, block_bytes: int) -> InputError:
    """What is wrong with a file at which Arrow or a decompression raised an error.

    Arrow's message is read, as its invalid_row_handler is not called for a row that is not UTF-8.

    Args:
      rows: how many rows were read before.
      block_bytes: the longest row that is allowed.
    """
    reason = str(error)
    if ragged := _RAGGED.search(reason):
        return _ragged(text, *ragged.groups())
    # "straddling object straddles two block boundaries": a row, or a cell whose quote is never closed, longer than a block.
    if "straddles" in reason:
        size = f"longer than {block_bytes:,} bytes, the most that are allowed"
        return InputError(f"{text.name}: a row after row {rows} is {size}; look for a quote that is not closed")
    if _EMPTY in reason:  # it has no line, or none that ends
        return _empty(text)
    if isinstance(error, DAMAGED):
        reason = f"the file is damaged or cut off ({reason or type(error).__name__}); replace it"
    return InputError(f"{text.name}: after row {rows}: {' '.join(reason.split())[:300]}")


def _ragged(text: CsvText, number: str, expected: str, received: str, line: str) -> InputError:
    dialect = text.dialect
    row = int(number) - dialect.header  # Arrow counts the header
    says = "as in the header" if dialect.header else "as names says"
    found = f"received {received} cells ({shown(line)}); {expected} are expected, {says}"
    return InputError(f"{text.name}, row {row}: {found}")


def _empty(text: CsvText) -> InputError:
    dialect = text.dialect
    with text.opened() as file:
        content = file.read(_CHUNK).removeprefix(codecs.BOM_UTF8)
    if content.strip() and dialect.header:
        return InputError(f"{text.name} has a header but no rows")
    received = "has blank lines alone" if content else "is empty"
    if dialect.skip_rows or dialect.comment:
        received += " after the lines that are passed over"
    return InputError(
        f"{text.name} {received}; {'a header line and rows are' if dialect.header else 'rows are'} expected"
    )


def check_closed(text: CsvText, rows: int, last_cell: bytes) -> None:
    """Raises InputError if the file ends inside the quotes of its last cell, which Arrow lets pass.

    Args:
      rows: how many rows were read.
      last_cell: the last one's last cell.
    """
    quote = text.dialect.quote.encode()
    if not quote or b"\n" not in last_cell.strip():
        return
    # The parsed cell is written again as the file would have it, open quote first, and compared with the file's end. Only as
    # much of the file is kept as the cell is long: the file may be larger than the memory.
    tail, end = quote + last_cell.replace(quote, quote * 2), b""
    with text.opened() as file:
        while part := file.read(_CHUNK):
            end = (end + part)[-len(tail) :]
    if end == tail:
        raise InputError(
            f"{text.name}, row {rows}: the last cell's quote is never closed, so that the rest of the file, "
            f"{shown(last_cell.decode(errors='replace'))}, is in that cell; close it"
        )
