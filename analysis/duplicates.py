"""Test examples that stand in another split too: a model is judged by what it has learned by heart."""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

import numpy as np
import pyarrow as pa

from analysis.records import Duplicate

MOST = 50


class Block(NamedTuple):
    """Some examples of a split, in their order.

    Attributes:
      digests: uint64[N], equal where all raw columns are. Of 1e6 test rows and 1e7 others two different ones agree once in 2
        million times.
      labels: uint64[N], equal where the labels are.
      keys: string[N].
    """

    digests: np.ndarray
    labels: np.ndarray
    keys: pa.ChunkedArray


class Duplicates(NamedTuple):
    """What was found.

    Attributes:
      first: by test row, each with its first twin.
      total: how many test rows have a twin.
    """

    first: tuple[Duplicate, ...]
    total: int


def duplicates(test: Iterable[Block], others: Mapping[str, Iterable[Block]], most: int = MOST) -> Duplicates:
    """The test rows of which all raw columns are those of a row of another split; the label does not count.

    Blocks are streamed; in memory are some 50 bytes of each test row, and nothing of the others.

    Args:
      test: in the order of predictions.parquet.
      others: the rows of ``train`` and ``eval`` by that name. A row is compared with them in this order.
      most: how many are given.
    """
    index = _Index(test)
    twins: dict[int, Duplicate] = {}
    last = len(index.labels)  # of the test rows that may be given
    for split, blocks in others.items():
        for block in blocks:
            for place, rows in index.take(block.digests):
                if rows[0] <= last:
                    key, label = block.keys[place].as_py(), block.labels[place]
                    twins |= {
                        row: Duplicate(row, split, key, bool(index.labels[row] == label))
                        for row in rows[:most].tolist()
                    }
            if len(twins) > 2 * most:
                twins = {row: twins[row] for row in sorted(twins)[:most]}
                last = max(twins)
    return Duplicates(tuple(twins[row] for row in sorted(twins)[:most]), index.taken)


class _Index:
    """The test rows by their digests.

    Attributes:
      labels: uint64[N], as of ``Block``.
      taken: how many rows have a twin.
    """

    def __init__(self, blocks: Iterable[Block]) -> None:
        none = np.empty(0, np.uint64)
        parts = [(block.digests, block.labels) for block in blocks]
        digests, self.labels = (np.concatenate([none, *(part[side] for part in parts)]) for side in (0, 1))
        self.taken = 0
        self._rows = np.argsort(digests, kind="stable")
        # Rows that are equal to each other are one group: a row that stands there a thousand times, and ten thousand times in
        # train, is one comparison and not ten million.
        self._groups, self._begins = np.unique(digests[self._rows], return_index=True)
        self._ends = np.append(self._begins[1:], len(digests))
        self._open = np.ones(len(self._groups), bool)

    def take(self, digests: np.ndarray) -> list[tuple[int, np.ndarray]]:
        """Places in ``digests``, uint64[M], with the rows of that digest, rising: once, where a digest is first."""
        if not len(self._groups):
            return []
        groups = np.searchsorted(self._groups, digests).clip(max=len(self._groups) - 1)
        places = np.flatnonzero((self._groups[groups] == digests) & self._open[groups])
        new, first = np.unique(groups[places], return_index=True)
        self._open[new] = False
        self.taken += int((self._ends[new] - self._begins[new]).sum())
        return [
            (int(places[at]), self._rows[self._begins[group] : self._ends[group]])
            for group, at in zip(new, first, strict=True)
        ]
