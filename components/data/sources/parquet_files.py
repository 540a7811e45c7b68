"""Parquet files and Arrow's own: a file, a folder (of Hive's partitions or not), or those of a pattern; read in blocks."""

from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
from pyarrow import ipc, parquet

from components.data.sources import Block, Located, several, typed_blocks
from components.data.sources.hive import partitions
from schemas.errors import InputError
from schemas.sources import Parquet

SUFFIXES = (".parquet", ".pq", ".parq", ".arrow", ".feather")
_EXPECTED = f"Parquet or Arrow files ({', '.join(SUFFIXES)}) are expected"
_BUFFER_BYTES = 1 << 20  # else a whole column of a row group is in memory
_PARQUET, _ARROW = b"PAR1", b"ARROW1"
_STREAM = b"\xff\xff\xff\xff"  # Arrow's format for streams, which `datasets` saves


def prepare(source: Parquet, dataset: str, data: Path, columns: tuple[str, ...]) -> Located:
    """Finds the files and reads what each says of itself. Raises InputError if one is missing, damaged or lacks a column."""
    located = several.find(source.files[0], dataset, data, SUFFIXES, _EXPECTED)
    for file in several.listed(located.path, SUFFIXES, _EXPECTED):
        typed_blocks.check_columns(file, dataset, columns, schema_of(located.path, file))
    return located


def fingerprint(path: str) -> str:
    """sha256 of the file, in hex; of several files that of their names and sha256s."""
    return several.fingerprint(path, several.listed(path, SUFFIXES, _EXPECTED))


def schema_of(path: str, file: Path) -> pa.Schema:
    """A file's columns, and those that its folders are. Raises InputError for no Parquet or Arrow file."""
    try:
        if _beginning(file) == _PARQUET:
            schema = parquet.read_schema(file, memory_map=True)
        else:
            with pa.memory_map(str(file)) as mapped:
                schema = _reader(mapped, file).schema
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
    found = several.listed(path, SUFFIXES, _EXPECTED)
    yield from typed_blocks.Files(path, found, _rows, lambda file: _cells(path, file, columns, key)).blocks(
        columns, key, limit, source.missing
    )


def _cells(
    path: str, file: Path, columns: tuple[str, ...], key: tuple[str, ...]
) -> Iterator[tuple[dict[str, pa.Array], tuple[str, ...]]]:
    """The cells of a file's blocks, T[N] by name, and the names of all its columns."""
    schema, folders = schema_of(path, file), partitions(path, file)
    names = tuple(typed_blocks.names_of(schema))
    wanted = tuple(dict.fromkeys((*columns, *(key or names))))
    tops = [name for name in dict.fromkeys(typed_blocks.top_of(schema, name) for name in wanted) if name]
    rows = 0
    try:
        for batch in _batches(file, [name for name in tops if name not in folders] or schema.names[:1]):
            size = batch.num_rows
            given = {name: pa.array([value] * size, pa.string()) for name, value in folders.items()}
            yield (
                {name: given[name] if name in given else typed_blocks.column(batch, name) for name in wanted},
                names,
            )
            rows += size
    except (pa.ArrowException, OSError) as error:
        raise typed_blocks.unreadable(file, rows, error) from error


def _batches(file: Path, names: list[str]) -> Iterator[pa.RecordBatch]:
    """The file's rows in parts of some megabytes, with these columns."""
    if _beginning(file) == _PARQUET:
        opened = parquet.ParquetFile(file, buffer_size=_BUFFER_BYTES)
        about = opened.metadata
        size = sum(about.row_group(group).total_byte_size for group in range(about.num_row_groups))
        yield from opened.iter_batches(typed_blocks.rows_of_size(size / max(about.num_rows, 1)), columns=names)
        return
    with pa.memory_map(str(file)) as mapped:
        for batch in _arrow_batches(_reader(mapped, file)):
            batch = batch.select(names)
            size = typed_blocks.rows_of_size(batch.nbytes / max(batch.num_rows, 1))
            yield from (batch.slice(start, size) for start in range(0, batch.num_rows, size))


def _rows(file: Path) -> int:
    try:
        if _beginning(file) == _PARQUET:
            return parquet.read_metadata(file, memory_map=True).num_rows
        with pa.memory_map(str(file)) as mapped:
            return sum(batch.num_rows for batch in _arrow_batches(_reader(mapped, file)))
    except (pa.ArrowException, OSError) as error:
        raise _refused(file, error) from error


def _beginning(file: Path) -> bytes:
    with file.open("rb") as opened:
        return opened.read(len(_PARQUET))


def _reader(mapped: pa.MemoryMappedFile, file: Path) -> ipc.RecordBatchFileReader | ipc.RecordBatchStreamReader:
    beginning = _beginning(file)
    if _ARROW.startswith(beginning) and beginning:
        return ipc.open_file(mapped)
    if beginning == _STREAM:
        return ipc.open_stream(mapped)
    raise pa.ArrowInvalid(f"it begins with {beginning!r}")


def _arrow_batches(
    reader: ipc.RecordBatchFileReader | ipc.RecordBatchStreamReader,
) -> Iterator[pa.RecordBatch]:
    if isinstance(reader, ipc.RecordBatchFileReader):
        return (reader.get_batch(number) for number in range(reader.num_record_batches))
    return iter(reader)


def _refused(file: Path, error: Exception) -> InputError:
    return InputError(f"{file} is no whole Parquet or Arrow file: {' '.join(str(error).split())[:300]}")
