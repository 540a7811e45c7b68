"""Blocks of typed rows: Arrow's own columns, and keys of the text that a CSV file would have."""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from components.data.sources import Block, files, keys_of
from components.data.sources.hive import splits_of
from components.data.sources.limits import Quotas
from schemas.columns import typed
from schemas.errors import InputError

BLOCK_ROWS = 1 << 15
BLOCK_BYTES = 16 << 20


Cells = dict[str, pa.Array]
"""T[N] by column."""


@dataclass(frozen=True)
class Files:
    """A source's files, and how one of them is read.

    Attributes:
      path: the source's, of which the files are.
      found: the files, in order.
      rows: how many rows a file has; asked for a limit alone.
      cells: the cells of a file's rows in parts of some thousand, each with the names of all columns, of which a row's key is
        made where the page names none.
      named: whether parts may have other columns, so that a key of the whole row has their names in it.
    """

    path: str
    found: list[Path]
    rows: Callable[[Path], int]
    cells: Callable[[Path], Iterator[tuple[Cells, tuple[str, ...]]]]
    named: bool = False

    def blocks(
        self, columns: tuple[str, ...], key: tuple[str, ...], limit: int, missing: tuple[str, ...]
    ) -> Iterator[Block]:
        """The rows in blocks, as ``components.data.sources.blocks`` says; ``missing``: values that mean "no value", as text.

        Raises InputError for no rows.
        """
        splits = splits_of(self.path, self.found)
        quotas = self._quotas(splits, limit)
        index, first_row = 0, 1
        for file in self.found:
            split, before = splits.get(file), first_row - 1
            for cells, names in self.cells(file):
                rows = len(next(iter(cells.values())))
                if quotas:
                    rows = min(rows, quotas.left[split])
                    quotas.left[split] -= rows
                if not rows:
                    if quotas and not quotas.left[split]:
                        break
                    continue
                cells = {name: typed.without(values.slice(0, rows), missing) for name, values in cells.items()}
                yield Block(
                    index,
                    first_row,
                    pa.table({name: cells[name] for name in columns}),
                    self._keys(cells, key, names),
                    pa.array([split] * rows, pa.string()) if splits else None,
                    str(file) if len(self.found) > 1 else "",
                    before,
                )
                index, first_row = index + 1, first_row + rows
        if first_row == 1:
            raise InputError(f"{self.path} has no rows")

    def _quotas(self, splits: dict[Path, str], limit: int) -> Quotas[str | None] | None:
        """How many rows of each split are read; None for all."""
        if not limit:
            return None
        sizes: Counter[str | None] = Counter()
        for file in self.found:
            sizes[splits.get(file)] += self.rows(file)
        return Quotas(sizes, limit)

    def _keys(self, cells: Cells, key: tuple[str, ...], names: tuple[str, ...]) -> pa.Array:
        if key or not self.named:
            return keys_of(typed.to_text(cells[name]) for name in key or names)
        # A missing value is as a column that is not there.
        parts = [
            pc.fill_null(
                pc.binary_join_element_wise(f"{name}=".encode(), typed.to_text(cells[name]), b"\x1f", b""), b""
            )
            for name in sorted(names)
        ]
        return pc.binary_join_element_wise(
            *(part.cast(pa.large_binary()) for part in parts), pa.scalar(b"", pa.large_binary())
        )


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
