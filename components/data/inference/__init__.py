"""What a file or folder of the user's holds: columns and their types, a label, a task. Light: without TensorFlow.

``draft(path, name, label)`` reads it once and gives a Draft, from which pipelines.page.drafting writes a page.
"""

from pathlib import Path

from components.data.inference.drafts import Draft
from schemas.csv_files import endings
from schemas.errors import InputError
from schemas.pictures import SUFFIXES

_ENDINGS = (".csv", ".tsv", ".txt", ".data")
TABLES = endings.compressed(*_ENDINGS)
EXPECTED = (
    f"a CSV file ({', '.join(_ENDINGS)}; compressed or not), a Parquet or JSON Lines file, an SQLite database, a folder "
    "or 'pattern*' of such, a folder or .zip with a folder of pictures for each class, or a folder or .tar with a folder of "
    "texts for each class"
)
_SPREADSHEETS = (".xlsx", ".xls", ".xlsm", ".ods")
_WILD = "*?["
_MOST_LISTED = 100_000_000  # bytes of a zip's list of files


def draft(path: Path, name: str, label: str | None = None, table: str | None = None) -> Draft:
    """The draft of a file or folder, without a page.

    Args:
      path: or a pattern, of files in one folder.
      name: of the dataset to be.
      label: the column that is predicted, None to choose one; of pictures and texts it is the folder's name.
      table: of a database.

    Raises:
      InputError: it is not there, is no such file, or has no such column.
    """
    from components.data.inference import database

    if path.is_file() and path.name.lower().endswith(database.SUFFIXES):
        return database.draft(path, name, label, table)
    if table is not None:
        raise InputError(f"--table: {path} is no SQLite database ({', '.join(database.SUFFIXES)}): leave it out")
    if not path.exists() and any(sign in path.name for sign in _WILD) and path.parent.is_dir():
        return _of_pattern(path, name, label)
    if not path.exists():
        raise InputError(f"{path}: there is no such file or folder; {EXPECTED} is expected")
    if path.is_dir():
        return _of_folder(path, name, label)
    return _of_file(path, name, label)


def _of_file(path: Path, name: str, label: str | None) -> Draft:
    from components.data.inference import csv_file, text_archive, typed_files

    lowered = path.name.lower()
    if lowered.endswith(".zip") and not lowered.endswith(endings.LINES) and not _zips_tables(path):
        return _of_pictures(path, name, label)
    if lowered.endswith(text_archive.SUFFIXES):
        _check_label(label, text_archive.LABEL)
        return text_archive.draft(path, name)
    if lowered.endswith(endings.TABLES):
        return typed_files.parquet(path.resolve(), name, label, path.name)
    if lowered.endswith(endings.LINES):
        return typed_files.lines(path.resolve(), name, label, path.name)
    if lowered.endswith(SUFFIXES):
        raise InputError(f"{path} is one picture; {EXPECTED} is expected")
    if lowered.endswith(_SPREADSHEETS):
        raise InputError(f"{path} is a spreadsheet, which is not read; save its sheet as CSV, and give that file")
    if not lowered.endswith((*TABLES, ".zip")):
        raise InputError(f"{path}: {path.suffix or 'a file without an ending'} is not read; {EXPECTED} is expected")
    return csv_file.draft(path, name, label, path.name)


def _of_folder(path: Path, name: str, label: str | None) -> Draft:
    """By what it holds: IDX files, tables of one kind, texts in class folders, else pictures in class folders."""
    from components.data.inference import csv_file, idx_folder, text_archive, typed_files

    whole = path.resolve()
    if (names := idx_folder.files(whole)) is not None:
        _check_label(label, idx_folder.LABEL)
        return idx_folder.draft(whole, name, names)
    if _holds(whole, endings.TABLES):
        return typed_files.parquet(whole, name, label, path.name)
    if _holds(whole, endings.LINES) and not _holds(whole, SUFFIXES):
        return typed_files.lines(whole, name, label, path.name)
    if _holds(whole, endings.CSV) and not _holds(whole, SUFFIXES):
        return csv_file.draft(whole, name, label, path.name)
    if not _holds(whole, SUFFIXES) and text_archive.holds_texts(whole):
        _check_label(label, text_archive.LABEL)
        return text_archive.draft(whole, name)
    return _of_pictures(path, name, label)


def _of_pattern(path: Path, name: str, label: str | None) -> Draft:
    from components.data.inference import csv_file, typed_files

    whole = path.parent.resolve() / path.name
    file = f"{whole.parent.name}/{path.name}"
    lowered = path.name.lower()
    if lowered.endswith(endings.TABLES):
        return typed_files.parquet(whole, name, label, file)
    if lowered.endswith(endings.LINES):
        return typed_files.lines(whole, name, label, file)
    if lowered.endswith(endings.CSV):
        return csv_file.draft(whole, name, label, file)
    known = ", ".join((".csv", ".tsv", *endings.TABLES, *endings.LINES))
    raise InputError(f"{path}: a pattern of {known} files is expected")


def _of_pictures(path: Path, name: str, label: str | None) -> Draft:
    from components.data.inference import picture_folder

    _check_label(label, picture_folder.LABEL)
    return picture_folder.draft(path, name)


def _zips_tables(path: Path) -> bool:
    """Whether a zip has CSV files, and no picture."""
    import zipfile

    from schemas import zip_directory
    from schemas.csv_files import compression

    try:
        with path.open("rb") as file:
            zip_directory.check(file, _MOST_LISTED, str(path))
        tables = [part.member.lower() for part in compression.parts_of(str(path))]
        with zipfile.ZipFile(path) as archive:
            pictures = any(name.lower().endswith(SUFFIXES) for name in archive.namelist())
    except (InputError, OSError, *compression.DAMAGED):
        return False  # the reader of pictures says what is wrong with it
    # Of one that is called otherwise the zip's only file is a table; of several they may be texts.
    return not pictures and tables[0].endswith(_ENDINGS[:2] if tables[1:] else _ENDINGS)


def _check_label(label: str | None, only: str) -> None:
    if label not in (None, only):
        raise InputError(f"label: received {label!r}; the label is the folder's name or the file's own: leave it out")


def _holds(path: Path, suffixes: tuple[str, ...]) -> bool:
    return any(file.name.lower().endswith(suffixes) for file in path.rglob("*") if not file.name.startswith("."))
