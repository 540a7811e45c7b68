"""Parquet files and Arrow's own: a file, a folder (of Hive's partitions or not), or those of a pattern; read in blocks."""

from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa

from components.data.sources import Block, Located, several, typed_blocks
from components.data.sources.hive import partitions
from prediction.files import arrow_files
from schemas.columns import nested
from schemas.csv_files.endings import TABLES
from schemas.errors import InputError
from schemas.sources import Parquet

_EXPECTED = f"Parquet or Arrow files ({', '.join(TABLES)}) are expected"


def prepare(source: Parquet, dataset: str, data: Path, columns: tuple[str, ...]) -> Located:
    """Finds the files and reads what each says of itself. Raises InputError if one is missing, damaged or lacks a column."""
    located = several.find(source.files[0], dataset, data, TABLES, _EXPECTED)
    for file in several.listed(located.path, TABLES, _EXPECTED):
        typed_blocks.check_columns(file, dataset, columns, schema_of(located.path, file))
    return located


def fingerprint(path: str) -> str:
    """sha256 of the file, in hex; of several files that of their names and sha256s."""
    return several.fingerprint(path, several.listed(path, TABLES, _EXPECTED))


def schema_of(path: str, file: Path) -> pa.Schema:
    """A file's columns, and those that its folders are. Raises InputError for no Parquet or Arrow file."""
    try:
        schema = arrow_files.schema_of(file)
    except (pa.ArrowException, OSError) as error:
        raise _refused(file, error) from error
    for name in partitions(path, file):
        schema = schema if name in schema.names else schema.append(pa.field(name, pa.string()))
    return schema


def blocks(
    source: Parquet, path: str, columns: tuple[str, ...], key: tuple[str, ...] = (), limit: int = 0
) -> Iterator[Block]:
    """The files' first rows, file by file; without ``key`` a row's key is all its cells.

    Raises InputError for a damaged file, and no rows.
    """
    found = several.listed(path, TABLES, _EXPECTED)
    yield from typed_blocks.Files(path, found, _rows, lambda file: _cells(path, file, columns, key)).blocks(
        columns, key, limit, source.missing
    )


def _cells(
    path: str, file: Path, columns: tuple[str, ...], key: tuple[str, ...]
) -> Iterator[tuple[dict[str, pa.Array], tuple[str, ...]]]:
    """The cells of a file's blocks, T[N] by name, and the names of all its columns."""
    schema, folders = schema_of(path, file), partitions(path, file)
    names = tuple(nested.names_of(schema))
    wanted = tuple(dict.fromkeys((*columns, *(key or names))))
    tops = [name for name in dict.fromkeys(nested.top_of(schema, name) for name in wanted) if name is not None]
    rows = 0
    try:
        size = typed_blocks.rows_of_size(arrow_files.bytes_a_row(file))
        for batch in arrow_files.batches(
            file, [name for name in tops if name not in folders] or schema.names[:1], size
        ):
            given = {name: pa.array([value] * batch.num_rows, pa.string()) for name, value in folders.items()}
            yield (
                {name: given[name] if name in given else nested.column(batch, name) for name in wanted},
                names,
            )
            rows += batch.num_rows
    except (pa.ArrowException, OSError) as error:
        raise typed_blocks.unreadable(file, rows, error) from error


def _rows(file: Path) -> int:
    try:
        return arrow_files.rows_of(file)
    except (pa.ArrowException, OSError) as error:
        raise _refused(file, error) from error


def _refused(file: Path, error: Exception) -> InputError:
    return InputError(f"{file} is no whole Parquet or Arrow file: {' '.join(str(error).split())[:300]}")
