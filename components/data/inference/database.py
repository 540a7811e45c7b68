"""A table of an SQLite database to a draft."""

import dataclasses
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
    url = f"sqlite:///{path.resolve()}"
    chosen = _chosen(path, _read(Sql(url, _TABLES), name, "name"), table)
    query = f"SELECT * FROM {_quoted(chosen)}"
    with tempfile.TemporaryDirectory() as folder:
        sql_query.read_into(Path(folder), Sql(url, query), name, path.parent, ())
        found = typed_files.parquet(Path(folder), name, wanted, path.name)
    return dataclasses.replace(found, kind="sql", query=query, linked=False)


def _read(source: Sql, name: str, column: str) -> list[str]:
    """The texts of a query's column."""
    from pyarrow import parquet

    with tempfile.TemporaryDirectory() as folder:
        sql_query.read_into(Path(folder), source, name, Path(folder), (column,))
        found: list[str] = parquet.read_table(folder).column(column).to_pylist()
        return found


def _chosen(path: Path, tables: list[str], wanted: str | None) -> str:
    if wanted is None and len(tables) > 1:
        raise InputError(f"{path} has {len(tables):,} tables, {listed(tables)}; name one with --table")
    if wanted is not None and wanted not in tables:
        raise InputError(f"--table: {path} has no table {shown(wanted)}; its tables are {listed(tables)}")
    return wanted or tables[0]


def _quoted(table: str) -> str:
    doubled = table.replace('"', '""')
    return f'"{doubled}"'
