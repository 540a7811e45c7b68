"""Columns of a form: canonical texts, and numbers within a range."""

import pyarrow as pa
import pyarrow.compute as pc

from schemas.columns.cells import CellError, received
from schemas.forms import AnyForm, DegreesForm, Form, FormError


def of_form(cells: pa.Array, form: AnyForm) -> pa.Array:
    """binary[N] to the canonical texts of its cells, or float32[N] as it is, checked; null where a value is missing.

    Raises:
      CellError: the first cell that does not have the form.
    """
    return _canonical(cells, form) if isinstance(form, Form) else _within(cells, form)


def _canonical(cells: pa.Array, form: Form) -> pa.Array:
    # Each different text once: dates and sets repeat, and this is Python.
    coded = cells.cast(pa.string()).dictionary_encode()
    texts = []
    for text in coded.dictionary.to_pylist():
        try:
            texts.append((form.canonical(text) or None) if text is not None else None)
        except FormError as error:
            # The dictionary is in the order of the rows: this is the first one that fails.
            row = pc.index(coded.indices, pa.scalar(len(texts), coded.indices.type)).as_py()
            shown = error.received or received(pa.scalar(text))
            raise CellError(row, f"received {shown}; {error.allowed}") from None
    return pa.array(texts, pa.string()).take(coded.indices).cast(pa.binary())


def _within(numbers: pa.Array, form: DegreesForm) -> pa.Array:
    row = pc.index(pc.greater(pc.abs(numbers), form.limit), True).as_py()
    if row >= 0:
        raise CellError(row, f"received {received(numbers[row])}; {form.allowed} is expected")
    return numbers
