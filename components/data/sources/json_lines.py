"""JSON Lines, read in blocks of some thousand lines."""

import json
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import pyarrow as pa

from components.data.sources import Block, Located, files, several, typed_blocks, values
from schemas.csv_files.endings import LINES
from schemas.csv_files.whole_lines import lines_of
from schemas.errors import InputError, shown
from schemas.sources import JsonLines

_EXPECTED = "JSON Lines (.jsonl, .ndjson; also compressed) are expected"
_LINE = "one JSON object a line is expected"
_ROWS = 8192

Values = dict[str, Any]
Line = tuple[int, Values]


def prepare(source: JsonLines, dataset: str, data: Path, columns: tuple[str, ...]) -> Located:
    """Finds the files, and reads them until every column was seen. Raises InputError for a file or column that is missing."""
    located = several.find(source.files[0], dataset, data, LINES, _EXPECTED)
    wanted, known = set(columns), dict[str, None]()
    for file in several.listed(located.path, LINES, _EXPECTED):
        # To the end only for a column that few lines have, or none.
        for _, fields in _lines(file):
            known |= dict.fromkeys(fields)
            wanted -= fields.keys()
            if not wanted:
                return located
    if not known:
        raise InputError(f"{located.path} has no rows; {_LINE}")
    files.check_columns(located.path, dataset, tuple(name for name in columns if name in wanted), tuple(known))
    return located


def names(path: str) -> list[str]:
    """Every field of the files' objects, in the order in which they are first seen. Raises InputError as ``blocks`` does."""
    known: dict[str, None] = {}
    for file in several.listed(path, LINES, _EXPECTED):
        for _, fields in _lines(file):
            known |= dict.fromkeys(fields)
    return list(known)


def values_of(file: Path, name: str) -> Iterator[tuple[bytes, Any]]:
    """Each line of a file with the value of a field, None where it has none."""
    for _, text in _texts(file):
        yield text, _flat(json.loads(text)).get(name)


def fingerprint(path: str) -> str:
    """sha256 of the file, in hex; of several files that of their names and sha256s."""
    return several.fingerprint(path, several.listed(path, LINES, _EXPECTED))


def blocks(
    source: JsonLines, path: str, columns: tuple[str, ...], key: tuple[str, ...] = (), limit: int = 0
) -> Iterator[Block]:
    """The files' first lines, file by file; without ``key`` a row's key is all its fields. Blank lines are no rows.

    Raises InputError for a line that is no object, or has a field twice, and no rows.
    """
    found = several.listed(path, LINES, _EXPECTED)
    yield from typed_blocks.Files(
        path, found, lambda file: sum(1 for _ in _texts(file)), lambda file: _cells(file, columns, key), named=True
    ).blocks(columns, key, limit, source.missing)


def _cells(
    file: Path, columns: tuple[str, ...], key: tuple[str, ...]
) -> Iterator[tuple[typed_blocks.Cells, tuple[str, ...]]]:
    lines = _lines(file)
    while rows := list(islice(lines, _ROWS)):
        names = key or tuple({name: None for _, row in rows for name in row})
        yield {name: _column(file, name, rows) for name in dict.fromkeys((*columns, *names))}, names


def _column(file: Path, name: str, rows: list[Line]) -> pa.Array:
    """One field's values, null where it is not there."""
    try:
        return values.array_of([row.get(name) for _, row in rows])
    except UnicodeEncodeError:
        line = next(line for line, row in rows if not _is_utf_8(row.get(name)))
        raise InputError(
            f"{file}, line {line}, field {shown(name)}: received a text with half of a surrogate pair; UTF-8 is expected"
        ) from None


def _is_utf_8(value: Any) -> bool:
    try:
        values.text_of(value)
    except UnicodeEncodeError:
        return False
    return True


def _lines(file: Path) -> Iterator[Line]:
    """Number (from 1) and fields of each line that is not blank. Raises InputError for one that is no object."""
    for line, text in _texts(file):
        try:
            value = json.loads(text, object_pairs_hook=_object)
            if not isinstance(value, dict):
                raise ValueError("it is no object")
            yield line, _flat(value) if any(type(item) is dict for item in value.values()) else value
        except (ValueError, RecursionError) as error:
            reason = str(error) if isinstance(error, ValueError) else "it is nested too deeply"
            found = shown(text.decode(errors="replace"))
            raise InputError(f"{file}, line {line}: received {found} ({reason}); {_LINE}") from None


def _texts(file: Path) -> Iterator[tuple[int, bytes]]:
    """Number (from 1) and bytes of each line that is not blank."""
    with files.readable(file):
        yield from ((line, text) for line, text, _ in lines_of(str(file)) if text.strip())


def _object(pairs: list[tuple[str, Any]]) -> Values:
    value = dict(pairs)
    if len(value) < len(pairs):
        names = [name for name, _ in pairs]
        raise ValueError(f"it has the field {shown(next(name for name in names if names.count(name) > 1))} twice")
    return value


def _flat(value: Values) -> Values:
    """The fields of an object, those of objects in it with dots."""
    flat: Values = {}
    for name, item in value.items():
        inner = (
            {f"{name}.{field}": field_item for field, field_item in _flat(item).items()}
            if type(item) is dict
            else {name: item}
        )
        twice = flat.keys() & inner.keys()
        if twice:
            raise ValueError(f"it has the field {shown(min(twice))} twice")
        flat |= inner
    return flat
