"""Writing the page of a draft, its schema and its cases, and putting its data where the page's source looks for it."""

import dataclasses
import os
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from components.data.inference.drafts import ENCODINGS, ERROR, Draft
from pipelines.page import draft_schema, drafting, measuring, placing
from schemas import cases, curated, files, page_folders
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
      source: the file, folder or pattern that the draft was made of.

    Raises:
      InputError: an error of the draft, a page or another file of that name, or a folder that cannot be written to.
    """
    if draft.kind == "csv" and draft.reading.encoding not in ENCODINGS:
        raise InputError(
            f"the draft's encoding: received {draft.reading.encoding!r}; use one of {', '.join(ENCODINGS)}"
        )
    draft = drafting.finished(dataclasses.replace(draft, file=placing.file_of(draft, source)))
    for problem in draft.problems:
        if problem.severity == ERROR:
            raise InputError(f"{source}: {problem.field}: {problem.message}")
    page, schema, picked = (folder / f"{draft.name}{suffix}" for suffix in (".py", curated.SUFFIX, cases.SUFFIX))
    for file in (page, schema, picked):
        if file.exists():
            raise InputError(f"{file} is there already; choose another name")
    data = placing.place_of(draft, home.data / draft.name)
    try:
        with placing.placed(draft, source, data):
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
