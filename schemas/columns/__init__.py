"""Columns of text to typed Arrow columns, in vectors; and where a cell does not fit, which one."""

from schemas.columns.cells import CellError, to_string
from schemas.columns.converting import convert
from schemas.columns.formed import of_form
from schemas.columns.labels import Label, labels_of, to_label
from schemas.columns.lists import from_list, to_list
from schemas.columns.masks import to_mask
from schemas.columns.numbers import PLAIN, NumberStyle, to_number

__all__ = [
    "PLAIN", "CellError", "Label", "NumberStyle", "convert", "from_list", "labels_of", "of_form", "to_label", "to_list",
    "to_mask", "to_number", "to_string",
]  # fmt: skip
