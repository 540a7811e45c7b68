"""CSV files to a draft, by reading them in blocks."""

from collections.abc import Iterator
from pathlib import Path

from components.data import sources
from components.data.inference import table, text_file
from components.data.inference.drafts import Draft, Reading
from components.data.inference.profile import Profile
from components.data.sources import csv_file, files, several
from schemas.columns.numbers import PLAIN, NumberStyle
from schemas.csv_files.endings import CSV
from schemas.errors import InputError, listed, shown
from schemas.sources import Columns, Csv

"""Endings of the files that a folder is read for."""


def draft(path: Path, name: str, wanted: str | None, file: str) -> Draft:
    """The draft of a CSV file, compressed or not, of a folder of them, or of a pattern; without a page.

    Args:
      wanted: the label's column, None to choose one.
      file: what the page calls it.

    Raises:
      InputError: no such column, or no file that the Csv source could read: empty, no text, ragged rows, a name twice, files
        of different headers.
    """
    found = several.listed(str(path), CSV, "a header line and rows are expected")
    parts = [part for one in found for part in files.parts_of(str(one))]
    encoding = text_file.encoding(parts)
    if len(parts) == 1 and encoding == text_file.UTF_8 and (columns := text_file.spaced(parts[0])):
        return _spaced(path, name, wanted, columns)
    delimiter = text_file.delimiter(parts[0], encoding)
    skipped = text_file.lines_before_header(parts[0], encoding, delimiter)
    source = Csv(path.name, delimiter=delimiter, encoding=encoding, skip_rows=skipped, missing=())
    profiles, style = _profiles(source, path, named(csv_file.header(source, found[0])), several=len(parts) > 1)
    written, missing = table.missing_of(profiles)
    assumed = [
        *_of_lines(skipped),
        *_of_style(style),
        *_of_points(profiles, style, delimiter),
        *_of_cells(written, encoding),
    ]
    return table.of_profiles(
        profiles,
        missing,
        wanted,
        Draft(
            id="", file=file, kind="csv", rows=profiles[0].rows, name=name, summary="", label="", task="",
            classes=None, columns=[], assumed=assumed,
            reading=Reading(delimiter, [*written, ""], encoding, style.decimal, style.thousands, [*style.units], skipped),
            linked=not path.is_file(),
        ),
    )  # fmt: skip


def _profiles(source: Csv, path: Path, names: list[str], *, several: bool) -> tuple[list[Profile], NumberStyle]:
    if len(names) < 2:
        first = names[0] if names else ""
        raise InputError(f"{path} has the column {shown(first)} alone; a label and at least one more are expected")
    # Of several files the headers are compared.
    located = sources.prepare(source, path.parent.name, path.parent.parent, names).path if several else str(path)
    profiles = table.profiles(source, located, names, path)
    style = table.style_of(profiles, source.delimiter)
    return (profiles if style == PLAIN else table.profiles(source, located, names, path, style)), style


def _of_lines(skipped: int) -> Iterator[str]:
    if skipped:
        yield f"The first {f'{skipped} lines are' if skipped > 1 else 'line is'} passed over: the header comes after."


def _of_style(style: NumberStyle) -> Iterator[str]:
    if style.decimal == ",":
        yield 'Numbers have a decimal comma: "1,5" is one and a half.'
    if style.thousands:
        yield f"{style.thousands!r} in numbers stands between thousands."
    if style.units:
        yield f"{listed(style.units)} beside numbers is their unit, and no part of them."


def _of_points(profiles: list[Profile], style: NumberStyle, delimiter: str) -> Iterator[str]:
    """Where semicolons stand between cells, as commas stand in numbers, a point may stand between thousands."""
    if style == PLAIN and delimiter == ";":
        for one in profiles:
            if one.numeric and one.values and one.grouped:
                value = shown(next(iter(one.known)))
                yield (
                    f"CHECK {one.name!r}: {value} is read with a decimal point. If it stands between thousands, say "
                    'thousands="." and decimal="," in the page\'s Csv.'
                )


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
