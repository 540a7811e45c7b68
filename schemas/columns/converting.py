"""A column of cells to what its kind holds."""

import base64

import pyarrow as pa
import pyarrow.compute as pc

from schemas.columns import typed
from schemas.columns.cells import CellError, received, to_string
from schemas.columns.formed import of_form
from schemas.columns.labels import Label, to_label
from schemas.columns.masks import to_mask
from schemas.columns.numbers import PLAIN, NumberStyle, plain_numbers, to_number
from schemas.errors import shown
from schemas.features import FINITE_NUMBER
from schemas.forms import AnyForm
from schemas.forms.exact import ExactForm

_PICTURE = "bytes"  # of a struct that holds a picture, as the library `datasets` writes it


def convert(
    cells: pa.Array, kind: str, label: Label, form: AnyForm | None = None, style: NumberStyle = PLAIN
) -> pa.Array:
    """One column of cells (null where missing) to float32, int64 or (string and image) binary[N].

    Args:
      cells: binary[N] of text, or Arrow's own types: numbers go the direct way, others through the text that a CSV file would
        have (schemas.columns.typed).
      form: what the cells must look like beyond their kind; a string is then its canonical text.
      style: how text is written where it is a number.

    Raises CellError for the first cell that does not fit, whatever is wrong with it.
    """
    if form is not None:
        found = convert(cells, kind, label, style=style)
        if isinstance(form, ExactForm):  # a number that travels as text
            found = plain_numbers(found.cast(pa.string()), style).cast(pa.binary())
        return of_form(found, form)
    cells = typed.plain(cells)
    if kind == "image":
        return _picture(cells)
    if typed.is_number(cells.type) and (kind == "number" or (kind == "label" and label.classes is None)):
        return _number(cells, label, required=kind == "label")
    if (
        kind == "label"
        and pa.types.is_boolean(cells.type)
        and label.classes
        and "true" not in label.classes
        and not label.separator
    ):
        cells = cells.cast(pa.int8())  # the indices of two classes that have other names
    try:
        text = to_string(typed.to_text(cells))
    except CellError as error:
        convert(cells.slice(0, error.row), kind, label, style=style)  # a cell before it may be wrong in another way
        raise
    if kind == "label" and label.separator:
        return to_mask(text, label.classes or (), label.separator)
    if kind == "label":
        return to_label(text, label.classes, log=label.log, style=style)
    return to_number(text, style=style) if kind == "number" else text.cast(pa.binary())


def _number(values: pa.Array, label: Label, *, required: bool) -> pa.Array:
    """T[N] of numbers to float32[N], null where missing; of a label (``required``) by the rules of ``to_label``."""
    # As a request's number goes (a Python float, then float32).
    numbers = typed.to_floats(values).cast(pa.float32())
    numbers = pc.if_else(pc.is_nan(numbers), None, numbers)
    wrong = pc.fill_null(pc.is_inf(numbers), required)
    if required and label.log:
        wrong = pc.or_(wrong, pc.fill_null(pc.less(numbers, 0), True))
    row = pc.index(wrong, True).as_py()
    if row < 0:
        return numbers
    found = numbers[row].as_py()
    if found is None:
        raise CellError(row, "received no value; a number is expected")
    negative = "0 or more is expected, as its logarithm is learned"
    allowed = negative if abs(found) != float("inf") else f"{FINITE_NUMBER} is expected"
    raise CellError(row, f"received {received(values[row])}; {allowed}")


def _picture(cells: pa.Array) -> pa.Array:
    """The bytes of picture files, binary[N]; of texts, base64 is read. Raises CellError for another type, and no base64."""
    kind = cells.type
    if pa.types.is_struct(kind) and kind.get_field_index(_PICTURE) >= 0:
        return _picture(typed.plain(pc.struct_field(cells, _PICTURE)))
    if not typed.is_text(kind) and not pa.types.is_null(kind):
        raise CellError(0, f"received type {kind}; binary (the bytes of picture files) is expected")
    if not (pa.types.is_string(kind) or pa.types.is_large_string(kind)):
        return typed.to_text(cells)
    found = []
    for row, text in enumerate(cells.to_pylist()):
        try:
            found.append(text and base64.b64decode(text, validate=True))
        except ValueError:
            raise CellError(row, f"received {shown(text[:40])}; base64 of a picture's file is expected") from None
    return pa.array(found, pa.binary())
