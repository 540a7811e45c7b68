"""Pictures of a folder or zip, each named by a row of a CSV file that says more of it: its label, other columns."""

import dataclasses
import hashlib
from collections import Counter
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

import pyarrow as pa

from components.data.sources import Block, Located, csv_file, files
from components.data.sources.limits import Quotas
from components.data.sources.naming import counted, named
from components.data.sources.picture_files import SPLITS, PictureFiles
from components.data.sources.pictures import readable
from components.data.sources.rows import Row, blocks_of
from schemas import events
from schemas.errors import InputError
from schemas.pictures import PictureError
from schemas.sources import Csv, ImageFolder
from schemas.splits import TEST, TRAIN

IMAGE, SPLIT = "image", "split"
_SEPARATOR = "\n"  # between the path of the pictures and that of the CSV file


def is_labelled(path: str) -> bool:
    """Whether ``Located.path`` is one of this module."""
    return _SEPARATOR in path


def prepare(source: ImageFolder, dataset: str, data: Path, columns: tuple[str, ...]) -> Located:
    """Finds the pictures and the CSV file. Raises InputError if one is missing, or a column or every picture is lacking."""
    (archive, table), (pictures, labels) = source.files, (data / dataset / file.place for file in source.files)
    if not pictures.is_dir():
        files.find((archive,), dataset, data, "a zip of pictures is expected")
    files.find((table,), dataset, data, "a CSV file with a row for each picture is expected")
    names = csv_file.header(Csv(table.name), labels)
    if IMAGE in names:
        raise InputError(f"{labels} has a column {IMAGE!r}, which is the name of the picture's own; rename it")
    files.check_columns(labels, dataset, (source.file_column, *(name for name in columns if name != IMAGE)), names)
    with PictureFiles(pictures) as found:
        sizes, _ = found.kept()
    index, rows = Index(list(sizes)), _rows_of(labels)
    missing = [file for file in _column(rows, source.file_column) if index.find(file) is None]
    if len(missing) == rows.num_rows:
        raise InputError(
            f"{labels}: none of the {rows.num_rows:,} files of column {source.file_column!r} is in {pictures}"
        )
    if missing:
        text = f"{counted(len(missing), 'row')} left out, whose picture is not in {pictures}: "
        events.publish(events.Note(f"{labels}: {text}{named(dict.fromkeys(missing, ''))}"))
    _note_no_split(rows, labels)
    path = f"{pictures}{_SEPARATOR}{labels}"
    return Located(path, fingerprint(path), sum(sizes.values()) + labels.stat().st_size)


def fingerprint(path: str) -> str:
    """sha256 of the pictures' (or the zip's) and the CSV file's sha256s, in hex."""
    place, _, labels = path.partition(_SEPARATOR)
    whole = hashlib.sha256(files.fingerprint(labels).encode())
    if not Path(place).is_dir():
        whole.update(files.fingerprint(place).encode())
        return whole.hexdigest()
    with PictureFiles(Path(place)) as found:
        sizes, _ = found.kept()
    for name in sizes:
        with files.readable(Path(place, name)):
            whole.update(f"{name}\0{files.fingerprint(str(Path(place, name)))}\n".encode())
    return whole.hexdigest()


def blocks(
    source: ImageFolder, path: str, columns: tuple[str, ...], key: tuple[str, ...] = (), limit: int = 0
) -> Iterator[Block]:
    """The rows of the CSV file that have a picture; without ``key`` a row's key is its picture.

    A limit is shared among the splits, where there are some. Damaged pictures are left out and named in a note.
    """
    labels = Path(path.partition(_SEPARATOR)[2])
    rows = _rows_of(labels)
    splits = _splits(rows)
    read = _rows(source, path, rows, splits, limit)
    for block in blocks_of(read, columns, key, official=splits is not None, content=IMAGE):
        yield dataclasses.replace(block, file=str(labels))


class Index:
    """Pictures by what a CSV file may call them: their path, their name, either without the suffix."""

    def __init__(self, names: list[str]) -> None:
        self._found: dict[str, str | None] = {}
        for form in (str, _stem, _base, lambda name: _stem(_base(name))):
            level: dict[str, str | None] = {}
            for name in names:
                key = form(name)
                level[key] = None if key in level else name  # two of one name: none of them is meant
            self._found = level | self._found

    def find(self, file: str) -> str | None:
        """The picture's path; None where there is none of that name, or several."""
        return self._found.get(file.strip().replace("\\", "/").removeprefix("./"))


def _stem(name: str) -> str:
    return str(PurePosixPath(name).with_suffix(""))


def _base(name: str) -> str:
    return PurePosixPath(name).name


def _rows_of(labels: Path) -> pa.Table:
    table = Csv(labels.name)
    names = tuple(csv_file.header(table, labels))
    return pa.concat_tables([block.cells for block in csv_file.blocks(table, str(labels), names)]).combine_chunks()


def _column(rows: pa.Table, name: str) -> list[str]:
    return [(cell or b"").decode(errors="replace") for cell in rows[name].to_pylist()]


def _splits(rows: pa.Table) -> list[str] | None:
    """The split of each row, where the CSV file says one for all and some are of each; else None."""
    if SPLIT not in rows.column_names:
        return None
    found = [SPLITS.get(cell.strip().lower(), "") for cell in _column(rows, SPLIT)]
    return found if set(found) == {TRAIN, TEST} else None


def _note_no_split(rows: pa.Table, labels: Path) -> None:
    """Says where some rows are of an official test set, and others say no split that is known."""
    if SPLIT not in rows.column_names or _splits(rows) is not None:
        return
    cells = _column(rows, SPLIT)
    known = [SPLITS.get(cell.strip().lower()) for cell in cells]
    if TEST in known and None in known:
        row = known.index(None)
        reason = f"says {cells[row]!r}, which is none of {', '.join(SPLITS)}; so there is no official split"
        events.publish(events.Note(f"{labels}: row {row + 1} of column {SPLIT!r} {reason}"))


def _rows(source: ImageFolder, path: str, rows: pa.Table, splits: list[str] | None, limit: int) -> Iterator[Row]:
    place = Path(path.partition(_SEPARATOR)[0])
    damaged: dict[str, str] = {}
    read = 0
    with PictureFiles(place) as pictures:
        index = Index(list(pictures.kept()[0]))
        found = [index.find(file) for file in _column(rows, source.file_column)]
        split_of: list[str | None] = [*splits] if splits else [None] * len(found)
        quotas = (
            Quotas(Counter(split for name, split in zip(found, split_of, strict=True) if name), limit)
            if limit
            else None
        )
        cells = {name: rows[name].to_pylist() for name in rows.column_names}
        for row, name in enumerate(found):
            split = split_of[row]
            if name is None or (quotas and not quotas.take(split)):
                continue
            try:
                content = readable(pictures.read(name))
            except PictureError as error:
                damaged[name] = str(error)
                continue
            read += 1
            yield Row({IMAGE: content, **{column: values[row] for column, values in cells.items()}}, split, row + 1)
    if not read:
        raise InputError(f"{place}: not one picture can be read: {named(damaged)}")
    if damaged:
        events.publish(events.Note(f"{place}: {counted(len(damaged), 'picture')} left out: {named(damaged)}"))
