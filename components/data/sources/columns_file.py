"""Text files of columns without a header, read in blocks of some megabytes and cut into cells by Arrow."""

import codecs
import re
from collections.abc import Iterator
from itertools import accumulate
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from components.data.sources import Block, Located, files, keys_of
from schemas.columns.cells import null_where
from schemas.csv_files.compression import Part, opened
from schemas.csv_files.endings import compressed
from schemas.errors import InputError, shown
from schemas.sources import Columns

fingerprint = files.fingerprint
_TABLES = compressed(".data", ".txt")
CHUNK_BYTES = BLOCK_BYTES = 4 << 20  # what is read at once, and the longest line
_CELL = r'"(?:[^"]|"")*"|[^\s"]\S*'
_SPACES = b" \t\r\n\v\f"


def prepare(source: Columns, dataset: str, data: Path, columns: tuple[str, ...]) -> Located:
    """Finds the files and reads the first block. Raises InputError if one is missing or empty, or lacks a column."""
    located = files.find(source.files, dataset, data, "rows are expected", _TABLES)
    files.check_columns(files.paths_of(located.path)[0], dataset, columns, source.names)
    next(blocks(source, located.path, columns, (), 0))
    return located


def blocks(
    source: Columns, path: str, columns: tuple[str, ...], key: tuple[str, ...] = (), limit: int = 0
) -> Iterator[Block]:
    """The first rows, file after file; without ``key`` a row's key is all its cells. Blank lines are no rows.

    Raises InputError for a row that is ragged or longer than a block, and no rows.
    """
    rows = index = 0
    parts = files.parts_of(path)
    for part in parts:
        before = rows
        for lines in _lines(part):
            lines = lines.slice(0, limit - rows) if limit else lines
            if not len(lines):
                continue
            found = _cells(source, part.name, lines, rows - before + 1)
            cells = dict(zip(source.names, found, strict=True))
            table = pa.table({name: cells[name] for name in columns})
            keys = keys_of(cells[name] for name in key or source.names)
            file = part.name if len(parts) > 1 else ""
            yield Block(index, rows + 1, table, keys, file=file, rows_before=before)
            rows, index = rows + len(lines), index + 1
            if rows >= limit > 0:
                return
    if not rows:
        raise InputError(f"{parts[0].name} has blank lines alone; rows are expected")


def _lines(part: Part) -> Iterator[pa.Array]:
    """The file's lines that are not blank, large_binary[N], without line ends."""
    rest, first = b"", True
    with files.readable(part.name), opened(part) as file:
        while chunk := file.read(CHUNK_BYTES):
            if first:  # a byte order mark would become a part of the first cell
                chunk, first = chunk.removeprefix(codecs.BOM_UTF8), False
            whole, newline, rest = (rest + chunk).rpartition(b"\n")
            if not newline and len(rest) > BLOCK_BYTES:
                raise InputError(f"{part.name} has a line longer than {BLOCK_BYTES:,} bytes, the most that are allowed")
            yield _split(whole)
        yield _split(rest)


def _split(text: bytes) -> pa.Array:
    # Offsets of 64 bits: a block of text is one value before it is split.
    lines = pc.split_pattern(pa.array([text], pa.large_binary()), b"\n").flatten()
    return lines.filter(pc.match_substring_regex(lines, r"\S"))


def _cells(source: Columns, path: str, lines: pa.Array, first_row: int) -> list[pa.Array]:
    """Each column's cells, binary[N], null where a value is missing."""
    cut = _fixed if source.widths else _spaced
    columns = cut(source, lines)
    # A ragged line is null in every column, so that the first is enough to see one.
    if columns[0].null_count:
        row = pc.index(columns[0].is_null(), True).as_py()
        raise _ragged(source, path, first_row + row, lines[row].as_py())
    missing = pa.array([cell.encode() for cell in source.missing], pa.binary())
    return [null_where(pc.is_in(column, missing), column) for column in columns]


def _spaced(source: Columns, lines: pa.Array) -> list[pa.Array]:
    """Cells with white space between them; null in every column where there are not as many as names."""
    groups = r"\s+".join(f"(?P<c{i}>{_CELL})" for i in range(len(source.names)))
    found = pc.extract_regex(lines, rf"^\s*{groups}\s*$")
    return [_unquoted(pc.struct_field(found, [i]).cast(pa.binary())) for i in range(len(source.names))]


def _unquoted(cells: pa.Array) -> pa.Array:
    quoted = pc.starts_with(cells, b'"')
    if not pc.any(quoted).as_py():
        return cells
    inner = pc.replace_substring(pc.binary_slice(cells, 1, -1), b'""', b'"')
    return pc.if_else(quoted, inner, cells)


def _fixed(source: Columns, lines: pa.Array) -> list[pa.Array]:
    """Cells of fixed width; null in every column where a line is too short (its last cell may be cut) or too long."""
    ends = list(accumulate(source.widths))
    lengths = pc.binary_length(pc.replace_substring_regex(lines, r"\s+$", ""))
    starts = [0, *ends[:-1]]
    fits = pc.and_(pc.less_equal(lengths, ends[-1]), pc.greater_equal(pc.binary_length(lines), starts[-1]))
    cells = (pc.binary_slice(lines, start, end) for start, end in zip(starts, ends, strict=True))
    trimmed = (pc.replace_substring_regex(cell, r"^\s+|\s+$", "").cast(pa.binary()) for cell in cells)
    return [pc.if_else(fits, cell, None) for cell in trimmed]


def _ragged(source: Columns, path: str, row: int, line: bytes) -> InputError:
    text = shown(line.decode(errors="replace"))
    if source.widths:
        least, most = sum(source.widths[:-1]), sum(source.widths)
        length = len(line.rstrip(_SPACES))
        return InputError(
            f"{path}, row {row}: received {length} bytes ({text}); {least} to {most} are expected, as widths says"
        )
    # The count in the error is by the same expression that cuts the cells. Latin-1, as it decodes any byte.
    received = len(re.findall(_CELL, line.decode("latin-1")))
    return InputError(
        f"{path}, row {row}: received {received} cells ({text}); {len(source.names)} are expected, as names says"
    )
