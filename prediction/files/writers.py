"""Files of predictions: CSV and Parquet, whole or not at all."""

import contextlib
import fcntl
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO, Protocol

import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import parquet

from prediction.files.file_request import STDOUT
from schemas.errors import InputError
from schemas.files import part_of

_ROW_GROUP = 1 << 16
_ROW_GROUP_BYTES = 64 << 20


class Writer(Protocol):
    """Takes the rows in order."""

    def write(self, batch: pa.RecordBatch) -> None:
        """Takes the next rows, of the schema that the writer was made with."""

    def close(self) -> None:
        """Writes what is not written yet; the file itself stays open."""


def csv_can_carry(kind: pa.DataType) -> bool:
    """Whether values of this type have a text: not lists, structs and bytes."""
    if pa.types.is_binary(kind) or pa.types.is_large_binary(kind):
        return False
    try:
        pa.array([], kind).cast(pa.string())
    except pa.ArrowException:
        return False
    return not pa.types.is_nested(kind)


def is_csv(out: str) -> bool:
    """Whether the output is CSV: every name but one that ends in ``.parquet``, and "-" for stdout."""
    return not out.lower().endswith(".parquet")


@contextlib.contextmanager
def writer(out: str, schema: pa.Schema) -> Iterator[Writer]:
    """A writer to ``out``, or to stdout for "-". The file gets its name at the end; an error leaves what was there.

    Raises:
      InputError: the file cannot be written, another process is writing it, or stdout was closed.
    """
    try:
        with _stdout() if out == STDOUT else _renamed(Path(out)) as file:
            opened = Csv(file, schema) if is_csv(out) else Parquet(file, schema)
            yield opened
            opened.close()
            file.flush()
    except BrokenPipeError as error:
        raise InputError("stdout was closed before all rows were written") from error
    except OSError as error:
        raise InputError(f"cannot write {out}: {error.strerror or error}") from error


@contextlib.contextmanager
def _stdout() -> Iterator[BinaryIO]:
    """Stdout as it is now: while the model runs, file descriptor 1 is where the libraries print."""
    file = os.fdopen(os.dup(1), "wb")
    try:
        yield file
    finally:
        with contextlib.suppress(BrokenPipeError):  # what could not be written was an error before
            file.close()


@contextlib.contextmanager
def _renamed(out: Path) -> Iterator[BinaryIO]:
    """A file beside ``out`` that takes its place at the end, and is removed after an error."""
    out = out.resolve()  # what a link leads to is replaced, and not the link
    temporary = part_of(out)  # one name: the next run writes over what a killed one left
    with _locked(temporary, out) as file:
        try:
            file.truncate(0)
            yield file
            temporary.replace(out)
        except BaseException:
            temporary.unlink(missing_ok=True)
            raise


@contextlib.contextmanager
def _locked(temporary: Path, out: Path) -> Iterator[BinaryIO]:
    """The temporary file, opened and locked. Raises InputError while another process has it."""
    while True:
        with temporary.open("ab") as file:  # "wb" would empty what another process is writing, before the lock is had
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise InputError(f"another process is writing {out}; wait for it, or name another file") from None
            # Else another process finished between the opening and the lock: what we hold is its output, or was removed.
            if temporary.exists() and os.path.samestat(temporary.stat(), os.fstat(file.fileno())):
                yield file
                return


class Csv:
    """RFC 4180 with a header, but line ends are ``\\n``; cells are quoted where they must be, a missing value is empty."""

    def __init__(self, file: BinaryIO, schema: pa.Schema) -> None:
        self._file = file
        self._write([pa.array([name]) for name in schema.names])

    def write(self, batch: pa.RecordBatch) -> None:
        """Writes a line for each row at once."""
        self._write(batch.columns)

    def _write(self, columns: list[pa.Array]) -> None:
        lines = pc.binary_join_element_wise(*map(_cells, columns), ",")
        self._file.write("".join(f"{line}\n" for line in lines.to_pylist()).encode())

    def close(self) -> None:
        """Does nothing: every row is written already."""


def _cells(values: pa.Array) -> pa.Array:
    """Any column to string[N] as CSV has it."""
    # Columns without a special character, which most are, are written as they are: quoting takes several passes.
    text = pc.fill_null(values.cast(pa.string()), "")
    special = pc.match_substring_regex(text, '[",\r\n]')
    if not pc.any(special).as_py():
        return text
    escaped = pc.replace_substring(text, '"', '""')
    return pc.if_else(special, pc.binary_join_element_wise('"', escaped, '"', ""), text)


class Parquet:
    """Parquet with row groups of some ten thousand rows; one of them is in memory at a time."""

    def __init__(self, file: Any, schema: pa.Schema) -> None:
        self._writer = parquet.ParquetWriter(file, schema)
        self._waiting: list[pa.RecordBatch] = []

    def write(self, batch: pa.RecordBatch) -> None:
        """Keeps the rows until they fill a row group: of 65,536 rows, or of 64 MiB."""
        self._waiting.append(batch)
        rows, size = (sum(getattr(one, what) for one in self._waiting) for what in ("num_rows", "nbytes"))
        if rows >= _ROW_GROUP or size >= _ROW_GROUP_BYTES:
            self._flush()

    def _flush(self) -> None:
        self._writer.write_table(pa.Table.from_batches(self._waiting))
        self._waiting = []

    def close(self) -> None:
        """Writes the last row group, and the footer without which no reader opens the file."""
        if self._waiting:
            self._flush()
        self._writer.close()
