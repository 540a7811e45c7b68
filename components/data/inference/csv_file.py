"""A CSV file to a draft, by reading it once in blocks."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from components.data.inference import table, text_file
from components.data.inference.drafts import Draft, Reading
from components.data.sources import csv_file
from schemas.columns.numbers import PLAIN, NumberStyle
from schemas.errors import InputError, listed, shown
from schemas.sources import Columns, Csv


def draft(path: Path, name: str, wanted: str | None) -> Draft:
    """The draft of a CSV file; without a page.

    Args:
      wanted: the label's column, None to choose one.

    Raises:
      InputError: no such column, or no file that the Csv source could read: empty, no text, ragged rows, a name twice.
    """
    encoding = text_file.encoding(path)
    with in_utf_8(path, encoding) as file:
        if encoding == text_file.UTF_8 and (columns := text_file.spaced(file)):
            return _spaced(path, name, wanted, columns)
        delimiter = text_file.delimiter(file)
        source = Csv(file.name, delimiter=delimiter, missing=())
        try:
            names = named(csv_file.header(source, file))
            if len(names) < 2:
                first = names[0] if names else ""
                raise InputError(
                    f"{path} has the column {shown(first)} alone; a label and at least one more are expected"
                )
            profiles = table.profiles(source, str(file), names, path)
            if (style := table.style_of(profiles)) != PLAIN:
                profiles = table.profiles(source, str(file), names, path, style)
        except InputError as error:  # of a copy elsewhere, that nobody knows
            raise InputError(str(error).replace(str(file), str(path))) from error
    written, missing = table.missing_of(profiles)
    return table.of_profiles(
        profiles,
        missing,
        wanted,
        Draft(
            id="", file=path.name, kind="csv", rows=profiles[0].rows, name=name, summary="", label="", task="",
            classes=None, columns=[], assumed=[*_of_style(style), *_of_cells(written, encoding)],
            reading=Reading(delimiter, [*written, ""], encoding, style.decimal, style.thousands),
        ),
    )  # fmt: skip


def _of_style(style: NumberStyle) -> Iterator[str]:
    if style.decimal == ",":
        yield 'Numbers have a decimal comma: "1,5" is one and a half.'
    if style.thousands:
        yield f"{style.thousands!r} in numbers stands between thousands."


def named(names: list[str]) -> list[str]:
    """The columns that can be asked for: of several without a name none can."""
    return [name for name in names if name or names.count(name) == 1]


def _spaced(path: Path, name: str, wanted: str | None, columns: int) -> Draft:
    """The draft of a file of columns with white space between them, which have no names."""
    names = [f"column_{number}" for number in range(1, columns + 1)]
    source = Columns(path.name, names=tuple(names), missing=())
    profiles = table.profiles(source, str(path), names, path)
    written, missing = table.missing_of(profiles)
    said = [f"There is no header line: the {columns} columns are called column_1 and so on; name them in the page."]
    draft = Draft(
        id="", file=path.name, kind="columns", rows=profiles[0].rows, name=name, summary="", label="", task="",
        classes=None, columns=[], assumed=[*said, *_of_cells(written, text_file.UTF_8)],
        reading=Reading(missing=[*written, ""], names=names),
    )  # fmt: skip
    return table.of_profiles(profiles, missing, wanted, draft)


def _of_cells(missing: list[str], encoding: str) -> Iterator[str]:
    """What is assumed of cells that mean "no value", and of letters."""
    if missing:
        yield f"There is no value where a cell is {listed(missing)}, as among numbers there is nothing else."
    if encoding != text_file.UTF_8:
        yield f"The file is no UTF-8; it is read as {encoding}: look whether letters such as ä or é are right."


@contextmanager
def in_utf_8(path: Path, encoding: str) -> Iterator[Path]:
    """The file itself where it is UTF-8, else a copy that lives as long as the context."""
    if encoding == text_file.UTF_8:
        yield path
        return
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder, path.name.removesuffix(".gz"))
        text_file.to_utf_8(path, encoding, copy)
        yield copy
