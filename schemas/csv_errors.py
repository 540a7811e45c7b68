"""CSV files that Arrow reads, for training and for prediction: opened, and the errors of Arrow as InputErrors."""

import codecs
import re

import pyarrow as pa

from schemas.errors import InputError, shown

_RAGGED = re.compile(r"Row #(\d+): Expected (\d+) columns, got (\d+): (.*)", re.DOTALL)
_CHUNK = 1 << 20


def opened(path: str) -> pa.NativeFile:
    """The file's bytes, decompressed if its name ends in ``.gz``, in whatever case: Arrow's own rule takes lower case only."""
    return pa.input_stream(path, compression="gzip" if path.lower().endswith(".gz") else "detect")


def refusal(path: str, error: Exception, rows: int, block_bytes: int) -> InputError:
    """What is wrong with a file at which Arrow raised ArrowInvalid or OSError.

    Arrow's message is read, as its invalid_row_handler is not called for a row that is not UTF-8.

    Args:
      rows: how many rows were read before.
      block_bytes: the longest row that is allowed.
    """
    reason = str(error)
    if ragged := _RAGGED.search(reason):
        number, expected, received, text = ragged.groups()
        where = f"{path}, row {int(number) - 1}"  # Arrow counts the header
        return InputError(
            f"{where}: received {received} cells ({shown(text)}); {expected} are expected, as in the header"
        )
    # "straddling object straddles two block boundaries": a row, or a cell whose quote is never closed, longer than a block.
    if "straddles" in reason:
        size = f"longer than {block_bytes:,} bytes, the most that are allowed"
        return InputError(f"{path}: a row after row {rows} is {size}; look for a quote that is not closed")
    if "Empty CSV file" in reason:  # it has no line, or none that ends
        with opened(path) as file:
            content = file.read().removeprefix(codecs.BOM_UTF8)
        if content.strip():
            return InputError(f"{path} has a header but no rows")
        received = "has blank lines alone" if content else "is empty"
        return InputError(f"{path} {received}; a header line and rows are expected")
    return InputError(f"{path}: after row {rows}: {' '.join(reason.split())[:300]}")


def check_closed(path: str, rows: int, last_cell: bytes) -> None:
    """Raises InputError if the file ends inside the quotes of its last cell, which Arrow lets pass.

    Args:
      rows: how many rows were read.
      last_cell: the last one's last cell.
    """
    if b"\n" not in last_cell.strip():
        return
    # The parsed cell is written again as the file would have it, open quote first, and compared with the file's end. Only as
    # much of the file is kept as the cell is long: the file may be larger than the memory.
    tail, end = b'"' + last_cell.replace(b'"', b'""'), b""
    with opened(path) as file:
        while part := file.read(_CHUNK):
            end = (end + part)[-len(tail) :]
    if end == tail:
        raise InputError(
            f"{path}, row {rows}: the last cell's quote is never closed, so that the rest of the file, "
            f"{shown(last_cell.decode(errors='replace'))}, is in that cell; close it"
        )
