"""The data of a draft in ``$SLIPWAY_DATA/NAME/``, as its page's source reads it: linked folders, copied files."""

import csv
import filecmp
import io
import shutil
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pyarrow.compute as pc
from pyarrow import parquet

from components.data.inference.drafts import Draft
from components.data.sources import json_lines
from components.data.sources.files import parts_of
from schemas import files
from schemas.csv_files.batches import stripped
from schemas.csv_files.compression import opened
from schemas.csv_files.endings import PACKED
from schemas.errors import InputError
from schemas.sources.addresses import is_remote


def place_of(draft: Draft, folder: Path) -> Path:
    """Where a draft's file or link goes in the dataset's folder: of a pattern it is the folder of its files."""
    return folder / (draft.file.partition("/")[0] if draft.linked else draft_name(draft))


def draft_name(draft: Draft) -> str:
    """The name that the file has among the data: a copy without the rows that have no label is not compressed."""
    if not is_rewritten(draft) or draft.kind != "csv":
        return draft.file
    ending = next((one for one in PACKED if draft.file.lower().endswith(one)), "")
    plain = draft.file[: len(draft.file) - len(ending)]
    return plain if Path(plain).suffix else f"{plain}.csv"


def is_rewritten(draft: Draft) -> bool:
    """Whether the data is a copy without rows."""
    label = draft.column(draft.label)
    return (
        label is not None
        and label.missing > 0
        and draft.task != "MultiLabel"
        and draft.kind in _LABELLED
        and not draft.linked
    )


def file_of(draft: Draft, source: Path) -> str:
    """What the page calls the user's file, folder (of texts it is a tar) or pattern."""
    if is_remote(draft.file):
        return draft.file
    if draft.kind == "texts" and source.is_dir():
        return f"{source.name}.tar"
    return source.name if source.exists() else f"{source.resolve().parent.name}/{source.name}"


@contextmanager
def placed(draft: Draft, source: Path, target: Path) -> Iterator[None]:
    """The data in its place; what was put there is taken away if the context ends with an error.

    Raises:
      InputError: other data is there already.
    """
    origin = source if source.exists() else source.parent
    if is_remote(draft.file) or (target.exists() and target.samefile(origin)):
        yield
        return
    made = not target.exists()
    if draft.linked:
        _check_free(target)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.symlink_to(origin.resolve(), target_is_directory=True)
    else:
        _copy(draft, source, target)
    try:
        yield
    except BaseException:
        if made:
            target.unlink(missing_ok=True)
        raise


def _copy(draft: Draft, source: Path, target: Path) -> None:
    """A copy that the source reads: without rows that have no label."""
    target.parent.mkdir(parents=True, exist_ok=True)
    with files.replacing(target) as part:
        if draft.kind == "texts" and source.is_dir():
            _pack(source, part)
        elif is_rewritten(draft):
            _LABELLED[draft.kind](draft, source, part)
        else:
            shutil.copyfile(source, part)
        if target.exists() and not filecmp.cmp(part, target, shallow=False):
            _check_free(target)


def _labelled_csv(draft: Draft, source: Path, target: Path) -> None:
    """In the file's own encoding, as another file to predict has it, too; of a zip all tables in one."""
    reading = draft.reading
    missing = {cell.strip() for cell in reading.missing}
    with target.open("w", encoding=reading.encoding, newline="") as out:
        writer = csv.writer(out, delimiter=reading.delimiter, lineterminator="\n")
        for number, part in enumerate(parts_of(str(source))):
            encoding = "utf-8-sig" if reading.encoding == "utf-8" else reading.encoding
            with io.TextIOWrapper(opened(part), encoding=encoding, newline="") as lines:
                before = [next(lines) for _ in range(reading.skip_rows)]
                rows = csv.reader(lines, delimiter=reading.delimiter)
                header = next(rows)
                at = stripped(header).index(draft.label)
                if not number:
                    out.writelines(before)
                    writer.writerow(header)
                # A line without any cell is passed over by the source, too.
                writer.writerows(row for row in rows if row and row[at].strip() not in missing)


def _labelled_parquet(draft: Draft, source: Path, target: Path) -> None:
    whole = parquet.ParquetFile(source)
    with parquet.ParquetWriter(target, whole.schema_arrow) as writer:
        for batch in whole.iter_batches():
            known = pc.invert(pc.is_null(batch.column(draft.label), nan_is_null=True))
            writer.write_batch(batch.filter(known))


def _labelled_lines(draft: Draft, source: Path, target: Path) -> None:
    with target.open("wb") as out:
        for line, value in json_lines.values_of(source, draft.label):
            if value is not None and str(value).strip():
                out.write(line.rstrip(b"\r\n") + b"\n")


_LABELLED = {"csv": _labelled_csv, "jsonl": _labelled_lines, "parquet": _labelled_parquet}


def _pack(folder: Path, target: Path) -> None:
    """A folder's files as a tar, by name and without owners and times: equal folders give equal bytes."""
    with tarfile.open(target, "w") as archive:
        for file in sorted(one for one in folder.rglob("*") if one.is_file()):
            about = tarfile.TarInfo(file.relative_to(folder).as_posix())
            about.size = file.stat().st_size
            with file.open("rb") as content:
                archive.addfile(about, content)


def _check_free(target: Path) -> None:
    if target.exists():
        raise InputError(f"{target} is there already and holds other data; choose another name")
