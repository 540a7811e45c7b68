"""CSV files, read by Arrow in blocks of some megabytes."""

import dataclasses
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa

from components.data.sources import Block, Located, files, keys_of
from schemas.csv_files import batches
from schemas.csv_files.dialect import Dialect
from schemas.csv_files.endings import CSV
from schemas.csv_files.lines import CsvText
from schemas.errors import InputError, shown
from schemas.sources import Csv

fingerprint = files.fingerprint
BLOCK_BYTES = 4 << 20


def prepare(source: Csv, dataset: str, data: Path, columns: tuple[str, ...]) -> Located:
    """Finds the files, and reads each one's header and first block.

    Raises InputError if one is missing, empty, no CSV file in UTF-8 (or what ``encoding`` says), has another header than the
    first, or if a column is lacking.
    """
    expected = "a header line and rows are expected" if source.header else "rows are expected"
    located = files.find(source.files, dataset, data, expected, CSV)
    first: tuple[str, list[str]] | None = None
    for text in _texts(source, located.path):
        with files.readable(text.part.path):
            found = batches.header(text, BLOCK_BYTES)
        first = first or (text.name, found)
        _check_equal(first, text.name, found)
    if first:
        files.check_columns(first[0], dataset, columns, first[1])
    return located


def blocks(
    source: Csv, path: str, columns: tuple[str, ...], key: tuple[str, ...] = (), limit: int = 0
) -> Iterator[Block]:
    """The first rows, file after file; without ``key`` a row's key is all its cells, so equal rows fall into the same split.

    Raises InputError for a row that is ragged or longer than a block, a quote that is never closed, and no rows.
    """
    index = rows = 0
    texts = _texts(source, path)
    for text in texts:
        before = rows
        for batch in batches.batches(text, BLOCK_BYTES, source.missing):
            if limit:
                batch = batch.slice(0, limit - rows)
            if not batch.num_rows:
                continue
            keys = keys_of([batch.column(name) for name in key] or batch.columns)
            cells = pa.Table.from_batches([batch]).select(list(columns)).combine_chunks()
            file = text.name if len(texts) > 1 else ""
            yield Block(index, rows + 1, cells, keys, file=file, rows_before=before)
            index, rows = index + 1, rows + batch.num_rows
            if rows >= limit > 0:
                return
    if not rows:
        where = texts[0].name if len(texts) == 1 else f"each of the {len(texts):,} files from {texts[0].name} on"
        raise InputError(f"{where} has {'a header but no rows' if source.header else 'no rows'}")


def header(source: Csv, path: Path) -> list[str]:
    """The column names of one file; they are UTF-8 or the file is refused, and a duplicate name is one too."""
    with files.readable(path):
        return batches.header(_texts(source, str(path))[0], BLOCK_BYTES)


def _texts(source: Csv, path: str) -> list[CsvText]:
    dialect = Dialect.of({field.name: getattr(source, field.name) for field in dataclasses.fields(source)})
    return [CsvText(part, dialect) for part in files.parts_of(path)]


def _check_equal(first: tuple[str, list[str]], name: str, found: list[str]) -> None:
    """Raises InputError for a header that is not the first file's."""
    expected = first[1]
    if len(found) != len(expected):
        lacking = next((one for one in expected if one not in found), "")
        further = next((one for one in found if one not in expected), "")
        which = f"{shown(lacking)} is lacking" if lacking else f"{shown(further)} is one more"
        reason = f"received {len(found)} columns ({which}); the {len(expected)} of {first[0]} are expected"
        raise InputError(f"{name}: {reason}, as all files of a source have the same header")
    for number, (one, other) in enumerate(zip(found, expected, strict=True), 1):
        if one != other:
            reason = f"received {shown(one)} as column {number}; {shown(other)} is expected, as in {first[0]}"
            raise InputError(f"{name}: {reason}: all files of a source have the same header")
