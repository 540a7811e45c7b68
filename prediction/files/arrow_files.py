"""Parquet files and Arrow's own, which their first bytes tell apart, read in batches.

Functions raise pyarrow.ArrowException or OSError for a file that cannot be read.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
from pyarrow import ipc, parquet

_BUFFER_BYTES = 1 << 20  # else a whole column of a row group is in memory
_PARQUET, _ARROW = b"PAR1", b"ARROW1"
_STREAM = b"\xff\xff\xff\xff"  # Arrow's format for streams, which the library `datasets` saves


def schema_of(file: Path) -> pa.Schema:
    """The file's columns."""
    if _is_parquet(file):
        return parquet.read_schema(file, memory_map=True)
    with pa.memory_map(str(file)) as mapped:
        schema: pa.Schema = _reader(mapped, file).schema
        return schema


def rows_of(file: Path) -> int:
    """How many rows the file has."""
    if _is_parquet(file):
        return int(parquet.read_metadata(file, memory_map=True).num_rows)
    with pa.memory_map(str(file)) as mapped:
        return sum(batch.num_rows for batch in _batches(_reader(mapped, file)))


def bytes_a_row(file: Path) -> float:
    """The mean size of a row in memory, of all columns; of Arrow's files that of the first batch."""
    if _is_parquet(file):
        about = parquet.read_metadata(file, memory_map=True)
        size = sum(about.row_group(group).total_byte_size for group in range(about.num_row_groups))
        return float(size / max(about.num_rows, 1))
    with pa.memory_map(str(file)) as mapped:
        first = next(_batches(_reader(mapped, file)), None)
        return first.nbytes / max(first.num_rows, 1) if first else 0.0


def batches(file: Path, names: list[str], rows: int) -> Iterator[pa.RecordBatch]:
    """The file's rows in batches of ``rows`` at the most, with the columns ``names``."""
    if _is_parquet(file):
        yield from parquet.ParquetFile(file, buffer_size=_BUFFER_BYTES).iter_batches(rows, columns=names)
        return
    with pa.memory_map(str(file)) as mapped:
        for batch in _batches(_reader(mapped, file)):
            batch = batch.select(names)
            yield from _parts(batch, rows)


def _parts(batch: pa.RecordBatch, rows: int) -> Iterator[pa.RecordBatch]:
    """A batch in parts, each with memory of its own: a slice takes the whole batch with it where it is sent or kept."""
    if batch.num_rows <= rows:
        yield batch
        return
    for start in range(0, batch.num_rows, rows):
        copy = pa.BufferOutputStream()
        with ipc.new_stream(copy, batch.schema) as writer:
            writer.write_batch(batch.slice(start, rows))
        yield from ipc.open_stream(copy.getvalue())


def _is_parquet(file: Path) -> bool:
    return _beginning(file) == _PARQUET


def _beginning(file: Path) -> bytes:
    with file.open("rb") as opened:
        return opened.read(len(_PARQUET))


def _reader(mapped: pa.MemoryMappedFile, file: Path) -> Any:
    """A RecordBatchFileReader or a RecordBatchStreamReader."""
    beginning = _beginning(file)
    if _ARROW.startswith(beginning) and beginning:
        return ipc.open_file(mapped)
    if beginning == _STREAM:
        return ipc.open_stream(mapped)
    raise pa.ArrowInvalid(f"it begins with {beginning!r}")


def _batches(reader: Any) -> Iterator[pa.RecordBatch]:
    if isinstance(reader, ipc.RecordBatchFileReader):
        return (reader.get_batch(number) for number in range(reader.num_record_batches))
    return iter(reader)
