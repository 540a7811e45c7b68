"""A column of cells to what its kind holds."""

import pyarrow as pa

from schemas.columns.cells import CellError, to_string
from schemas.columns.labels import Label, to_label
from schemas.columns.numbers import to_number


def convert(cells: pa.Array, kind: str, label: Label) -> pa.Array:
    """One column of cells (binary[N], null where missing) to float32, int64 or (string and image) binary[N].

    Raises CellError for the first cell that does not fit, whatever is wrong with it.
    """
    if kind == "image":
        return cells
    try:
        text = to_string(cells)
    except CellError as error:
        convert(cells.slice(0, error.row), kind, label)  # a cell before it may be wrong in another way
        raise
    if kind == "label":
        return to_label(text, label.classes, log=label.log)
    return to_number(text) if kind == "number" else text.cast(pa.binary())
