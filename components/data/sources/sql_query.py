"""The rows of an SQL query: read once, in blocks, into Parquet files in the dataset's folder, and from these by a run.

So the step that reads needs no database and no password, a changed row changes the fingerprint, and all that a source can do
(a limit, blocks in any order) is as with files.
"""

import contextlib
import hashlib
import os
import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa
from pyarrow import parquet

from components.data.sources import Block, Located, files, parquet_files, values
from schemas import events
from schemas.errors import InputError, shown
from schemas.files import part_of
from schemas.lock import only_one
from schemas.sources import Parquet, Sql
from schemas.sources.typed import is_secret, variable_of

if TYPE_CHECKING:
    import sqlalchemy

fingerprint = parquet_files.fingerprint
_BLOCK_ROWS = 10_000
_OLD = ".old"
_FORM = "postgresql+psycopg://USER:PASSWORD@HOST/DATABASE"


def prepare(source: Sql, dataset: str, data: Path, columns: tuple[str, ...]) -> Located:
    """Reads the query into a folder of Parquet files, which it takes the place of when it is whole.

    Raises InputError for no database, a query that it refuses, no rows, or a column that is lacking.
    """
    name = hashlib.sha256(f"{source.url}\0{source.query}".encode()).hexdigest()[:12]
    folder = data / dataset / f"query-{name}"
    part = part_of(folder)
    folder.parent.mkdir(parents=True, exist_ok=True)

    def waiting(process: str) -> None:
        text = f"{dataset}: another process ({process}) writes the rows of the query to {folder}; waiting for it to end"
        events.publish(events.Waiting("run", text))

    # The lock, and no process's id in a name: pods that share a data folder have the same ids.
    with files.readable(folder), only_one(folder.with_name(f".{folder.name}.lock"), waiting):
        for left in (part, part.with_suffix(_OLD)):  # of a process that was killed
            shutil.rmtree(left, ignore_errors=True)
        try:
            part.mkdir()
            rows = read_into(part, source, dataset, data, columns)
            digest = _take_place(part, folder)
        finally:
            shutil.rmtree(part, ignore_errors=True)
    events.publish(events.Note(f"the query gave {rows:,} rows; they are in {folder}, and this run reads them there"))
    size = sum(file.stat().st_size for file in folder.iterdir())
    return Located(str(folder), digest, size)


def blocks(
    source: Sql, path: str, columns: tuple[str, ...], key: tuple[str, ...] = (), limit: int = 0
) -> Iterator[Block]:
    """The rows that ``prepare`` has read, in their order; without ``key`` a row's key is all its cells."""
    yield from parquet_files.blocks(Parquet(Path(path).name, missing=source.missing), path, columns, key, limit)


def _take_place(part: Path, folder: Path) -> str:
    """Puts the new files where the old ones are, unless they are the same; returns their fingerprint."""
    digest = fingerprint(str(part))
    # Another run may be reading them: what is the same stays.
    if folder.is_dir() and fingerprint(str(folder)) == digest:
        return digest
    old = part.with_suffix(_OLD)
    if folder.exists():
        folder.rename(old)
    part.rename(folder)
    shutil.rmtree(old, ignore_errors=True)
    return digest


def read_into(part: Path, source: Sql, dataset: str, data: Path, columns: tuple[str, ...]) -> int:
    """Writes the rows to Parquet files in ``part``, another one where a column gets another type; returns their number.

    Raises InputError as ``prepare`` does.
    """
    rows = 0
    with contextlib.ExitStack() as stack:
        names, chunks = stack.enter_context(_opened(source, dataset, data))
        twice = [name for name in names if names.count(name) > 1]
        if twice:
            raise InputError(f"{dataset}: the query has the column {shown(twice[0])} twice; name one with AS")
        files.check_columns(f"{dataset}: the query", dataset, columns, names)
        writer: parquet.ParquetWriter | None = None
        for count, chunk in enumerate(chunks):
            table = _table(names, chunk, rows, writer.schema if writer else None)
            if writer is None or table.schema != writer.schema:
                if writer:
                    writer.close()
                writer = stack.enter_context(parquet.ParquetWriter(part / f"part-{count:05d}.parquet", table.schema))
            writer.write_table(table)
            rows += table.num_rows
    if not rows:
        raise InputError(f"{dataset}: the query gave no rows: {shown(source.query)}")
    return rows


def _table(names: list[str], rows: Sequence[Any], before: int, schema: pa.Schema | None) -> pa.Table:
    columns = {}
    for index, name in enumerate(names):
        try:
            column = values.array_of([row[index] for row in rows])
        except UnicodeEncodeError as error:
            raise InputError(f"a row of the query after row {before}, column {name!r}: {error}") from None
        # A column without a value in this block is of no type of its own.
        columns[name] = column.cast(schema.field(name).type) if schema and pa.types.is_null(column.type) else column
    return pa.table(columns)


@contextlib.contextmanager
def _opened(source: Sql, dataset: str, data: Path) -> Iterator[tuple[list[str], Iterator[Sequence[Any]]]]:
    """The query's columns, and its rows in blocks. Raises InputError for what the database says; no message has a password."""
    import sqlalchemy
    from sqlalchemy.pool import NullPool

    url = _url(source, dataset, data)
    try:
        engine = sqlalchemy.create_engine(url, poolclass=NullPool)
        readonly = {"postgresql_readonly": True} if engine.dialect.name == "postgresql" else {}
        with engine.connect() as connection:
            # Nothing is committed, whatever the query is.
            connection = connection.execution_options(**readonly)
            if engine.dialect.name == "sqlite":
                connection.exec_driver_sql("PRAGMA query_only = ON")
            # As it stands: a colon or a percent sign in a query is no parameter.
            options = {"no_parameters": True, "stream_results": True, "max_row_buffer": _BLOCK_ROWS}
            result = connection.exec_driver_sql(source.query, execution_options=options)
            if not result.returns_rows:
                raise InputError(f"{dataset}: the query gives no rows: {shown(source.query)}; a SELECT is expected")
            yield list(result.keys()), result.partitions(_BLOCK_ROWS)
    except (sqlalchemy.exc.SQLAlchemyError, ImportError, ValueError) as error:
        raise InputError(f"{dataset}: {_reason(error, url)}") from None


def _url(source: Sql, dataset: str, data: Path) -> "sqlalchemy.URL":
    """The address, with SQLite's file below the dataset's folder."""
    import sqlalchemy

    name = variable_of(source.url)
    text = source.url if name is None else os.environ.get(name, "")
    where = "source.url" if name is None else f"the environment variable {name}"
    if not text:
        raise InputError(f"{dataset}: {where} is not set; set it to the database's address, such as {_FORM}")
    try:
        url = sqlalchemy.make_url(text)
    except (sqlalchemy.exc.ArgumentError, ValueError):
        raise InputError(f"{dataset}: {where} is no address of a database; {_FORM} is the form") from None
    if url.get_backend_name() == "sqlite":
        file = data / dataset / (url.database or "")
        if not file.is_file():
            raise InputError(f"{file} is missing; {where} names it")
        url = url.set(database=str(file))
    return url


def _reason(error: Exception, url: "sqlalchemy.URL") -> str:
    """What a driver said, in one line and without what is secret; the address without its options."""
    text = " ".join(str(getattr(error, "orig", None) or error).split())[:300]
    for secret in _secrets(url):
        text = text.replace(secret, "***")
    return f"{url.set(query={}).render_as_string(hide_password=True)}: {text}"


def _secrets(url: "sqlalchemy.URL") -> list[str]:
    """The password, and what options such as ``sslpassword`` say."""
    options = [value for name, values in url.normalized_query.items() if is_secret(name) for value in values]
    return [text for text in (str(url.password or ""), *options) if text]
