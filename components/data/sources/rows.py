"""Blocks from rows that come one by one, as texts and pictures in an archive do."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

import pyarrow as pa

from components.data.sources import Block, keys_of
from schemas.sources import TEXT

BLOCK_ROWS = 4096
BLOCK_BYTES = 16 << 20  # of texts or pictures; large ones make blocks of fewer rows


@dataclass(frozen=True)
class Row:
    """One row.

    Attributes:
      cells: column to bytes, None where it is missing; the text or picture is among them.
      split: as in Block.splits; None where there is no official test set.
      number: of the row in the file that it is from, where others of that file are left out; of each row or none.
    """

    cells: Mapping[str, bytes | None]
    split: str | None
    number: int | None = None


def blocks_of(
    rows: Iterable[Row], columns: tuple[str, ...], key: tuple[str, ...], *, official: bool, content: str = TEXT
) -> Iterator[Block]:
    """The rows in blocks of some thousands; without ``key`` a row's key is its content.

    Args:
      content: the column of the text or picture.
      official: whether there is an official test set.
    """
    first_row, waiting, size = 1, list[Row](), 0
    index = 0
    for row in rows:
        waiting.append(row)
        size += len(row.cells[content] or b"")
        if len(waiting) == BLOCK_ROWS or size >= BLOCK_BYTES:
            yield _block(index, first_row, waiting, columns, key or (content,), official)
            index, first_row, waiting, size = index + 1, first_row + len(waiting), [], 0
    if waiting:
        yield _block(index, first_row, waiting, columns, key or (content,), official)


def _block(
    index: int, first_row: int, rows: list[Row], columns: tuple[str, ...], key: tuple[str, ...], official: bool
) -> Block:
    cells = {name: pa.array([row.cells[name] for row in rows], pa.binary()) for name in {*columns, *key}}
    return Block(
        index,
        first_row,
        pa.table({name: cells[name] for name in columns}),
        keys_of(cells[name] for name in key),
        pa.array([row.split for row in rows], pa.string()) if official else None,
        rows=None if rows[0].number is None else pa.array([row.number for row in rows], pa.int64()),
    )
