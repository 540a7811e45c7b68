"""Files that say their columns' types to a draft."""

import dataclasses
from pathlib import Path

from components.data import sources
from components.data.inference import table
from components.data.inference.drafts import Draft
from components.data.sources import json_lines, parquet_files, several
from components.data.sources.files import readable
from schemas.columns import nested
from schemas.csv_files.endings import TABLES
from schemas.sources import JsonLines, Parquet, Source


def parquet(path: Path, name: str, wanted: str | None, file: str) -> Draft:
    """The draft of a Parquet or Arrow file, a folder of them or a pattern; without a page.

    Args:
      path: the file, the folder, or the pattern.
      file: what the page calls it.

    Raises:
      InputError: a file that cannot be read, or no such column.
    """
    first = several.listed(str(path), TABLES, "Parquet files are expected")[0]
    with readable(first):
        names = nested.names_of(parquet_files.schema_of(str(path), first))
    return _draft(Parquet(path.name, missing=()), path, names, wanted, _empty("parquet", file, name, path))


def lines(path: Path, name: str, wanted: str | None, file: str) -> Draft:
    """The draft of a file of JSON Lines, a folder of them or a pattern; arguments as of ``parquet``."""
    found = JsonLines(path.name, missing=())
    return _draft(found, path, json_lines.names(str(path)), wanted, _empty("jsonl", file, name, path))


def _empty(kind: str, file: str, name: str, path: Path) -> Draft:
    return Draft(
        id="", file=file, kind=kind, rows=0, name=name, summary="", label="", task="", classes=None, columns=[],
        linked=not path.is_file(),
    )  # fmt: skip


def _draft(source: Source, path: Path, names: list[str], wanted: str | None, draft: Draft) -> Draft:
    located = sources.prepare(source, path.parent.name, path.parent.parent, names)
    profiles = table.profiles(source, located.path, names, path)
    written, missing = table.missing_of(profiles)
    reading = dataclasses.replace(draft.reading, missing=[*written, ""])
    draft = dataclasses.replace(draft, rows=profiles[0].rows, reading=reading)
    return table.of_profiles(profiles, missing, wanted, draft)
