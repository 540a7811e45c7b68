"""A workbook's file: written under a temporary name, in constant memory, and shown when it is whole."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import xlsxwriter
from xlsxwriter.exceptions import XlsxWriterException

from schemas.errors import InputError
from schemas.files import replacing

SUFFIX = ".xlsx"
_OPTIONS = {
    "constant_memory": True,  # of a sheet's rows, one is in memory
    "strings_to_formulas": False,
    "strings_to_numbers": False,
    "strings_to_urls": False,
    "nan_inf_to_errors": True,
}


def check_name(file: Path) -> None:
    """Raises InputError for a name that Excel would refuse to open."""
    if file.suffix.lower() != SUFFIX:
        raise InputError(f"--xlsx {file}: a name that ends with {SUFFIX} is expected, else Excel refuses the file")


@contextmanager
def created(file: Path) -> Iterator[Any]:
    """A workbook to fill, which replaces a file of that name when the context ends without an error.

    Raises InputError where it cannot be written.
    """
    try:
        with replacing(file) as part, xlsxwriter.Workbook(os.fspath(part), _OPTIONS) as book:
            book.set_size(2400, 1600)
            yield book
    except (OSError, XlsxWriterException) as error:
        raise InputError(f"cannot write {file}: {error}; close it in other programs, or give another --xlsx") from error


def add_sheet(book: Any, name: str) -> Any:
    """A new sheet behind the others; in print it is one page wide."""
    sheet = book.add_worksheet(name)
    sheet.set_landscape()
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(0)
    return sheet
