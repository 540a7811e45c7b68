"""A table of an SQLite database to a draft."""

import contextlib
import dataclasses
import sqlite3
import tempfile
from pathlib import Path

from components.data.inference import typed_files
from components.data.inference.drafts import Draft
from components.data.sources import sql_query
from schemas.errors import InputError, listed, shown
from schemas.sources import Sql

SUFFIXES = (".db", ".db3", ".sqlite", ".sqlite3")
_TABLES = "SELECT name FROM sqlite_master WHERE type IN ('table', 'view') AND name NOT GLOB 'sqlite_*' ORDER BY 1"


def draft(path: Path, name: str, wanted: str | None, table: str | None) -> Draft:
    """The draft of a table or view; without a page.

    Args:
      wanted: the label's column, None to choose one.
      table: None for the only one.

    Raises:
      InputError: no database, no such table, several where none is named, or no such column.
    """
    if "?" in str(path.resolve()):
        raise InputError(f"{path.resolve()}: the address of a database cannot have a '?' in its path; rename it")
    chosen = _chosen(path, _tables(path), table)
    query = f"SELECT * FROM {_quoted(chosen)}"
    with tempfile.TemporaryDirectory() as folder:
        sql_query.read_into(Path(folder), Sql(f"sqlite:///{path.resolve()}", query), name, path.parent, ())
        try:
            found = typed_files.parquet(Path(folder), name, wanted, path.name)
        except InputError as error:
            raise InputError(str(error).replace(folder, f"{path}, table {shown(chosen)}")) from None
    return dataclasses.replace(found, kind="sql", query=query, linked=False)


def _tables(path: Path) -> list[str]:
    try:
        with contextlib.closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)) as database:
            return [name for (name,) in database.execute(_TABLES)]
    except sqlite3.Error as error:
        raise InputError(f"{path}: {error}; an SQLite database is expected") from None


def _chosen(path: Path, tables: list[str], wanted: str | None) -> str:
    if not tables:
        raise InputError(f"{path} has no table; a database with rows in a table is expected")
    if wanted is None and len(tables) > 1:
        raise InputError(f"{path} has {len(tables):,} tables, {listed(tables)}; name one with --table")
    if wanted is not None and wanted not in tables:
        raise InputError(f"--table: {path} has no table {shown(wanted)}; its tables are {listed(tables)}")
    return wanted or tables[0]


def _quoted(table: str) -> str:
    doubled = table.replace('"', '""')
    return f'"{doubled}"'
