"""Writing the page of a draft, its schema and its cases, and putting its data where the page's source looks for it."""

import csv
import dataclasses
import filecmp
import io
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from components.data.inference import table
from components.data.inference.drafts import ENCODINGS, ERROR, Draft
from pipelines.page import draft_schema, drafting, measuring
from pipelines.page.draft_page import copied_name
from schemas import cases, csv_errors, curated, files, page_folders
from schemas.errors import InputError
from schemas.home import Home


@dataclass(frozen=True)
class Written:
    """What was written.

    Attributes:
      draft: with the thresholds, and what they come from.
      page, schema: files.
      cases: None where no row makes a case.
      data: the copied file or the link.
    """

    draft: Draft
    page: Path
    schema: Path
    cases: Path | None
    data: Path


def write(draft: Draft, source: Path, folder: Path, home: Home) -> Written:
    """Writes page, schema and cases into a folder of pages, and copies the file (or links the folder) into ``home.data``.

    Args:
      source: the file or folder that the draft was made of.

    Raises:
      InputError: an error of the draft, a page or another file of that name, or a folder that cannot be written to.
    """
    if draft.kind == "csv" and draft.reading.encoding not in ENCODINGS:
        raise InputError(
            f"the draft's encoding: received {draft.reading.encoding!r}; use one of {', '.join(ENCODINGS)}"
        )
    draft = drafting.finished(dataclasses.replace(draft, file=source.name))
    for problem in draft.problems:
        if problem.severity == ERROR:
            raise InputError(f"{source}: {problem.field}: {problem.message}")
    page, schema, picked = (folder / f"{draft.name}{suffix}" for suffix in (".py", curated.SUFFIX, cases.SUFFIX))
    for file in (page, schema, picked):
        if file.exists():
            raise InputError(f"{file} is there already; choose another name")
    data = home.data / draft.name / copied_name(draft)
    try:
        with _placed(draft, source, data):
            draft, lines = measuring.with_baseline(draft, home)
            text = draft_schema.schema(draft, drafting.pipeline_of(draft).columns())
            # The page at last: once it is there, the others are.
            _write_all({schema: text, **({picked: lines} if lines else {}), page: draft.page})
    except OSError as error:
        raise InputError(f"cannot write {error.filename or page}: {error.strerror or error}") from error
    return Written(draft, page, schema, picked if lines else None, data)


def _write_all(texts: dict[Path, str]) -> None:
    """All files or none."""
    try:
        for file, text in texts.items():
            files.write_whole(file, text)
    except BaseException:
        for file in texts:
            with suppress(OSError):
                file.unlink()
        raise


def how_to_be_found(folder: Path) -> str | None:
    """What to set so that the pages of a folder are found; None where they are."""
    if folder.resolve() in (page_folders.PACKAGE, *page_folders.outside()):
        return None
    before = os.environ.get(page_folders.VARIABLE)
    return f"export {page_folders.VARIABLE}={before + os.pathsep if before else ''}{folder.resolve()}"


@contextmanager
def _placed(draft: Draft, source: Path, target: Path) -> Iterator[None]:
    """The data in its place; what was put there is taken away if the context ends with an error."""
    if target.exists() and target.samefile(source):
        yield
        return
    made = not target.exists()
    if draft.kind == "images" and source.is_dir():
        _check_free(target)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.symlink_to(source.resolve(), target_is_directory=True)
    else:
        _copy(draft, source, target)
    try:
        yield
    except BaseException:
        if made:
            target.unlink(missing_ok=True)
        raise


def _copy(draft: Draft, source: Path, target: Path) -> None:
    """A copy that the Csv source reads: in UTF-8, and without rows that have no label."""
    target.parent.mkdir(parents=True, exist_ok=True)
    with files.replacing(target) as part:
        label = draft.column(draft.label)
        if draft.kind == "images":
            shutil.copyfile(source, part)
        else:
            with table.in_utf_8(source, draft.reading.encoding) as whole:
                if label is not None and label.missing:
                    _copy_labelled(draft, whole, part)
                else:
                    shutil.copyfile(whole, part)
        if target.exists() and not filecmp.cmp(part, target, shallow=False):
            _check_free(target)


def _copy_labelled(draft: Draft, source: Path, target: Path) -> None:
    reading = draft.reading
    missing = {cell.strip() for cell in reading.missing}
    with (
        io.TextIOWrapper(csv_errors.opened(str(source)), encoding="utf-8-sig", newline="") as lines,
        target.open("w", encoding="utf-8", newline="") as out,
    ):
        rows = csv.reader(lines, delimiter=reading.delimiter)
        writer = csv.writer(out, delimiter=reading.delimiter, lineterminator="\n")
        header = next(rows)
        at = header.index(draft.label)
        writer.writerow(header)
        # A line without any cell is passed over by the source, too.
        writer.writerows(row for row in rows if row and row[at].strip() not in missing)


def _check_free(target: Path) -> None:
    if target.exists():
        raise InputError(f"{target} is there already and holds other data; choose another name")
