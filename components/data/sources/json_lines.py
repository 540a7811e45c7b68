"""JSON Lines, read in blocks of some thousand lines."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa

from components.data.sources import Block, Located, files, several, typed_blocks, values
from components.data.sources.compressed import opened
from components.data.sources.hive import splits_of
from components.data.sources.limits import Quotas
from schemas.columns import typed
from schemas.errors import InputError, shown
from schemas.sources import JsonLines

SUFFIXES = tuple(
    f"{kind}{packed}" for kind in (".jsonl", ".ndjson", ".json") for packed in ("", ".gz", ".xz", ".zst", ".bz2")
)
_EXPECTED = "JSON Lines (.jsonl, .ndjson; also compressed) are expected"
_LINE = "one JSON object a line is expected"
_MARK = b"\xef\xbb\xbf"  # a byte order mark
_ROWS = 8192
_LONGEST = 64 << 20

Values = dict[str, Any]
Line = tuple[int, Values]


def prepare(source: JsonLines, dataset: str, data: Path, columns: tuple[str, ...]) -> Located:
    """Finds the files, and reads them until every column was seen. Raises InputError for a file or column that is missing."""
    located = several.find(source.files[0], dataset, data, SUFFIXES, _EXPECTED)
    wanted, known = set(columns), dict[str, None]()
    for file in several.listed(located.path, SUFFIXES, _EXPECTED):
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
    for file in several.listed(path, SUFFIXES, _EXPECTED):
        for _, fields in _lines(file):
            known |= dict.fromkeys(fields)
    return list(known)


def values_of(file: Path, name: str) -> Iterator[tuple[bytes, Any]]:
    """Each line of a file with the value of a field, None where it has none."""
    for _, text in _texts(file):
        yield text, _flat(json.loads(text)).get(name)


def fingerprint(path: str) -> str:
    """sha256 of the file, in hex; of several files that of their names and sha256s."""
    return several.fingerprint(path, several.listed(path, SUFFIXES, _EXPECTED))


def blocks(
    source: JsonLines, path: str, columns: tuple[str, ...], key: tuple[str, ...] = (), limit: int = 0
) -> Iterator[Block]:
    """The files' first lines, file by file; without ``key`` a row's key is all its fields. Blank lines are no rows.

    Raises InputError for a line that is no object, or has a field twice, and no rows.
    """
    found = several.listed(path, SUFFIXES, _EXPECTED)
    splits = splits_of(path, found)
    quotas = typed_blocks.quotas(found, splits, limit, lambda file: sum(1 for _ in _texts(file)))
    index, first_row = 0, 1
    for file in found:
        split, before = splits.get(file), first_row - 1
        place = (str(file), before) if len(found) > 1 else ("", 0)
        for rows in _chunks(file, quotas, split):
            # A line's fields may be in another order, and some not there: by name, so that equal rows have equal keys.
            names = key or tuple(sorted({name for _, row in rows for name in row}))
            cells = {name: _column(file, name, rows) for name in dict.fromkeys((*columns, *names))}
            official = pa.array([split] * len(rows), pa.string()) if splits else None
            keys = None if key else _keys(cells, names)
            yield typed_blocks.block_of(index, first_row, cells, columns, names, source.missing, official, place, keys)
            index, first_row = index + 1, first_row + len(rows)
    if first_row == 1:
        raise InputError(f"{path} has no rows; {_LINE}")


def _chunks(file: Path, quotas: Quotas[str | None] | None, split: str | None) -> Iterator[list[Line]]:
    waiting: list[Line] = []
    for line in _lines(file):
        if quotas and not quotas.take(split):
            break
        waiting.append(line)
        if len(waiting) == _ROWS:
            yield waiting
            waiting = []
    if waiting:
        yield waiting


def _keys(cells: dict[str, pa.Array], names: tuple[str, ...]) -> pa.Array:
    """Keys of whole rows, large_binary[N]: name and value of each field that has one, as a block need not know all names."""
    rows = zip(*(typed.to_text(cells[name]).to_pylist() for name in names), strict=True)
    prefixes = [name.encode() + b"=" for name in names]
    joined = [
        b"\x1f".join(prefix + cell for prefix, cell in zip(prefixes, row, strict=True) if cell is not None)
        for row in rows
    ]
    return pa.array(joined, pa.large_binary())


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
    with files.readable(file), opened(file) as source:
        line = 0
        while text := source.readline(_LONGEST):
            line += 1
            if len(text) == _LONGEST and not text.endswith(b"\n"):
                raise InputError(
                    f"{file}, line {line}: it is longer than {_LONGEST:,} bytes, the most that are allowed"
                )
            text = text.removeprefix(_MARK) if line == 1 else text
            if text.strip():
                yield line, text.rstrip(b"\r\n")


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
