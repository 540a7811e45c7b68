"""Blocks of typed rows: Arrow's own columns, and keys of the text that a CSV file would have."""

from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from components.data.sources import Block, files, keys_of
from components.data.sources.limits import Quotas
from schemas.columns import typed
from schemas.errors import InputError

BLOCK_ROWS = 1 << 15
BLOCK_BYTES = 16 << 20


def rows_of_size(bytes_a_row: float) -> int:
    """How many rows of this mean size make a block: fewer of pictures than of numbers."""
    return max(1, min(BLOCK_ROWS, int(BLOCK_BYTES / max(bytes_a_row, 1))))


def names_of(schema: pa.Schema) -> list[str]:
    """The columns' names; those of a struct's fields with dots, each as deep as it goes.

    Raises ValueError for a name that stands twice.
    """
    names = [name for field in schema for name in _leaves(field.name, field.type)]
    if len(set(names)) < len(names):
        raise ValueError(f"it has the column {min(name for name in names if names.count(name) > 1)!r} twice")
    return names


def quotas(
    found: list[Path], splits: dict[Path, str], limit: int, rows: Callable[[Path], int]
) -> Quotas[str | None] | None:
    """How many rows of each split are read; None for all.

    Args:
      rows: how many a file has.
    """
    if not limit:
        return None
    sizes: Counter[str | None] = Counter()
    for file in found:
        sizes[splits.get(file)] += rows(file)
    return Quotas(sizes, limit)


def column(table: pa.Table | pa.RecordBatch, name: str) -> pa.Array:
    """The column of a name among ``names_of``, or a whole struct, T[N]."""
    top = next(part for part in _prefixes(name) if part in table.schema.names)
    found = table.column(top)
    found = found.combine_chunks() if isinstance(found, pa.ChunkedArray) else found
    found = typed.plain(found)
    for field in name[len(top) + 1 :].split(".") if top != name else ():
        found = typed.plain(pc.struct_field(found, field))
    return found


def top_of(schema: pa.Schema, name: str) -> str | None:
    """The column of the schema in which a named column is; None for none."""
    if name in schema.names:
        return name
    return next((part for part in _prefixes(name) if part in schema.names and name in _all(schema.field(part))), None)


def block_of(
    index: int,
    first_row: int,
    cells: dict[str, pa.Array],
    columns: tuple[str, ...],
    key: tuple[str, ...],
    missing: tuple[str, ...] = ("",),
    splits: pa.Array | None = None,
    place: tuple[str, int] = ("", 0),
    keys: pa.Array | None = None,
) -> Block:
    """A block of these cells, T[N] by name.

    Args:
      key: the columns that a row's key is made of, at least one.
      missing: values that mean "no value", as text.
      splits: as in Block.
      place: the file for errors, and how many rows were before it; ("", 0) where the source is one file.
      keys: of the rows, where they are not made of ``key``.
    """
    cells = {name: typed.without(values, missing) for name, values in cells.items()}
    keys = keys_of(typed.to_text(cells[name]) for name in key) if keys is None else keys
    file, before = place
    table = pa.table({name: cells[name] for name in columns})
    return Block(index, first_row, table, keys, splits, file, before)


def check_columns(where: object, dataset: str, wanted: tuple[str, ...], schema: pa.Schema) -> None:
    """Raises InputError for a column that the schema does not have, at whatever depth, and a name that stands twice."""
    try:
        names = names_of(schema)
    except ValueError as error:
        raise InputError(f"{where}: {error}; each name may stand once") from None
    files.check_columns(str(where), dataset, tuple(name for name in wanted if top_of(schema, name) is None), names)


def unreadable(path: object, rows: int, error: Exception) -> InputError:
    """What Arrow said of a file, of which some rows were read."""
    return InputError(f"{path}: after row {rows}: {' '.join(str(error).split())[:300]}")


def _leaves(name: str, kind: pa.DataType) -> list[str]:
    if not pa.types.is_struct(kind) or not kind.num_fields:
        return [name]
    return [leaf for field in kind for leaf in _leaves(f"{name}.{field.name}", field.type)]


def _all(field: pa.Field) -> set[str]:
    """Every column that is in a field: leaves, and structs on the way to them."""
    return {".".join(leaf.split(".")[:depth]) for leaf in _leaves(field.name, field.type) for depth in range(1, 99)}


def _prefixes(name: str) -> list[str]:
    """The name itself, then with ever fewer of its parts."""
    parts = name.split(".")
    return [".".join(parts[:count]) for count in range(len(parts), 0, -1)]
