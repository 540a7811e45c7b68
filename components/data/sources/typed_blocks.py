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
from schemas.columns import nested, typed
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


def check_columns(where: object, dataset: str, wanted: tuple[str, ...], schema: pa.Schema) -> None:
    """Raises InputError for a column that the schema does not have, at whatever depth, and a name that stands twice."""
    try:
        names = nested.names_of(schema)
    except ValueError as error:
        raise InputError(f"{where}: {error}; each name may stand once") from None
    files.check_columns(
        str(where), dataset, tuple(name for name in wanted if nested.top_of(schema, name) is None), names
    )


def unreadable(path: object, rows: int, error: Exception) -> InputError:
    """What Arrow said of a file, of which some rows were read."""
    return InputError(f"{path}: after row {rows}: {' '.join(str(error).split())[:300]}")
