"""A CSV file to a draft, by reading it once in blocks."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from components.data.inference import labels, text_file
from components.data.inference.drafts import Draft, Reading
from components.data.inference.kinds import column_of
from components.data.inference.profile import Profile
from components.data.sources import csv_file
from schemas.columns import CellError
from schemas.errors import InputError, shown
from schemas.sources import Csv

_MOST_VALUES = 20_000  # of a column that are told apart
_ALL_VALUES = 4_000_000  # of all columns together: with many columns fewer of each
_MOST_COLUMNS = 20_000


def draft(path: Path, name: str, wanted: str | None) -> Draft:
    """The draft of a CSV file; without a page.

    Args:
      wanted: the label's column, None to choose one.

    Raises:
      InputError: no such column, or no file that the Csv source could read: empty, no text, ragged rows, a name twice.
    """
    encoding = text_file.encoding(path)
    with in_utf_8(path, encoding) as file:
        delimiter = text_file.delimiter(file)
        try:
            profiles = _profiles(file, delimiter)
        except InputError as error:  # of a copy elsewhere, that nobody knows
            raise InputError(str(error).replace(str(file), str(path))) from error
    evidence = [profile for profile in profiles if profile.numeric and profile.values]
    missing = frozenset(token for profile in evidence for token in profile.unknown)
    columns = [column_of(profile, missing) for profile in profiles]
    label, why = labels.chosen(columns, wanted, path.name)
    column = next(column for column in columns if column.name == label)
    task = labels.task_of(column, profiles[0].rows)
    written = sorted({cell for profile in profiles for cell in profile.written if cell.strip() in missing})
    assumed = [f"The label is {label!r}: {why}.", labels.sentence(column, task), *_of_cells(written, encoding)]
    return Draft(
        id="",
        file=path.name,
        kind="csv",
        rows=profiles[0].rows,
        name=name,
        summary=f"Predicts {label} from {profiles[0].rows:,} rows of {path.name}.",
        label=label,
        task=task,
        classes=labels.classes_of(column, task),
        columns=columns,
        assumed=assumed,
        reading=Reading(delimiter, [*written, ""], encoding),
    )


def _of_cells(missing: list[str], encoding: str) -> Iterator[str]:
    """What is assumed of cells that mean "no value", and of letters."""
    if missing:
        yield f"There is no value where a cell is {labels.listed(missing)}, as among numbers there is nothing else."
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


def _profiles(path: Path, delimiter: str) -> list[Profile]:
    source = Csv(path.name, delimiter=delimiter, missing=())
    names = csv_file.header(source, path)
    if len(names) > _MOST_COLUMNS:
        raise InputError(f"{path} has {len(names):,} columns; {_MOST_COLUMNS:,} are the most")
    if len(names) < 2:
        raise InputError(f"{path} has the column {shown(names[0])} alone; a label and at least one more are expected")
    most = min(_MOST_VALUES, _ALL_VALUES // len(names))
    profiles = [Profile(name, most) for name in names]
    for block in csv_file.blocks(source, str(path), tuple(names)):
        for profile in profiles:
            try:
                profile.add(block.cells[profile.name].combine_chunks())
            except CellError as error:
                where = f"{path}, row {block.first_row + error.row}, column {profile.name!r}"
                raise InputError(f"{where}: {error.reason}") from error
    return profiles
