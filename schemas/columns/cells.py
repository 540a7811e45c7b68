"""Cells of text, and the error for one that does not fit."""

from collections.abc import Callable

import pyarrow as pa
import pyarrow.compute as pc

from schemas.errors import shown


class CellError(Exception):
    """A cell that does not fit its column.

    Attributes:
      row: its row, counted from 0 in the block.
      reason: what was received, and what is allowed.
    """

    def __init__(self, row: int, reason: str) -> None:
        super().__init__(reason)
        self.row = row
        self.reason = reason


def to_string(cells: pa.Array) -> pa.Array:
    """binary[N] to string[N] without surrounding white space; an empty cell becomes null.

    Raises:
      CellError: bytes that are not UTF-8.
    """
    try:  # the whole column at once: only a column that fails is looked through for the cell
        text = cells.cast(pa.string())
    except pa.ArrowInvalid:
        row = first_failure(cells, lambda part: part.cast(pa.string()))
        found = cells[row].as_py()[:40]
        raise CellError(
            row, f"received bytes {found!r}, which are not UTF-8; save the file as UTF-8, or say the encoding= of a Csv"
        ) from None
    trimmed = pc.utf8_trim_whitespace(text)
    return null_where(pc.equal(trimmed, ""), trimmed)


def null_where(chosen: pa.Array, values: pa.Array) -> pa.Array:
    """The values, T[N], null where ``chosen``, bool[N], is true; both may be parts of larger arrays."""
    # Not None in place of the nulls: of a part of a column of text, Arrow 18 then gives other text (GH-49410).
    return pc.if_else(chosen, pa.nulls(len(values), values.type), values)


def received(cell: pa.Scalar) -> str:
    """A cell as an error shows it."""
    return "no value" if not cell.is_valid else shown(cell.as_py())


def first_failure(cells: pa.Array, attempt: Callable[[pa.Array], object]) -> int:
    """The first cell for which ``attempt`` raises ArrowInvalid, found by halving."""
    # Arrow names the value that it refuses but not its place. Each slice is half of the last: N cells are converted in all.
    low, high = 0, len(cells)
    while high - low > 1:
        middle = (low + high) // 2
        try:
            attempt(cells.slice(low, middle - low))
        except pa.ArrowInvalid:
            high = middle
        else:
            low = middle
    return low
