"""Test examples that stand in another split too: a model is judged by what it has learned by heart."""

import struct
from array import array
from collections.abc import Iterable, Iterator, Mapping
from hashlib import blake2b
from itertools import islice
from typing import NamedTuple

import numpy as np

from analysis.records import Duplicate
from prediction.split_rows import Row

MOST = 50
_DIGEST = struct.Struct(
    "<Q"
)  # 64 bits: of 1e6 test rows and 1e7 others two different ones agree once in 2 million times
_NUMBER = struct.Struct("<d")
_AT_ONCE = 4096


class Duplicates(NamedTuple):
    """What was found.

    Attributes:
      first: by test row, each with its first twin.
      total: how many test rows have a twin.
    """

    first: tuple[Duplicate, ...]
    total: int


def duplicates(test: Iterable[Row], others: Mapping[str, Iterable[tuple[str, Row]]], most: int = MOST) -> Duplicates:
    """The test rows of which all raw columns are those of a row of another split; the label does not count.

    Rows are streamed; in memory are some 30 bytes of each test row, and nothing of the others.

    Args:
      test: in the order of predictions.parquet.
      others: the rows of ``train`` and ``eval`` by that name, each with its key. A row is compared with them in this order.
      most: how many are given.
    """
    index = _Index(test)
    twins: dict[int, Duplicate] = {}
    found = np.zeros(len(index.labels), bool)
    for split, rows in others.items():
        for keys, digests, labels in _blocks(rows):
            for place, row in index.matches(digests):
                if not found[row]:
                    found[row] = True
                    twins[row] = Duplicate(row, split, keys[place], labels[place] == index.labels[row])
            if len(twins) > 2 * most:
                twins = {row: twins[row] for row in sorted(twins)[:most]}
    return Duplicates(tuple(twins[row] for row in sorted(twins)[:most]), int(found.sum()))


def digest(row: Row) -> int:
    """64 bits of the raw columns' values, in the order of the model card."""
    return int(_DIGEST.unpack(blake2b(b"".join(_parts(row)), digest_size=_DIGEST.size).digest())[0])


class _Index:
    """The digests of the test rows, sorted.

    Attributes:
      labels: a hash of each row's label, in the rows' order.
    """

    def __init__(self, rows: Iterable[Row]) -> None:
        digests, self.labels = array("Q"), array("q")
        for row in rows:
            digests.append(digest(row))
            self.labels.append(hash(row.label))
        found = np.frombuffer(digests, np.uint64) if digests else np.empty(0, np.uint64)
        self._rows = np.argsort(found, kind="stable")
        self._sorted = found[self._rows]

    def matches(self, digests: np.ndarray) -> Iterator[tuple[int, int]]:
        """Places in ``digests``, uint64[N], with the test rows of equal digest, in that order."""
        low, high = (np.searchsorted(self._sorted, digests, side=side) for side in ("left", "right"))
        for place in np.flatnonzero(high > low):
            for row in self._rows[low[place] : high[place]]:
                yield int(place), int(row)


def _blocks(rows: Iterable[tuple[str, Row]]) -> Iterator[tuple[list[str], np.ndarray, list[int]]]:
    """Keys, digests uint64[N], and hashes of the labels."""
    stream = iter(rows)
    while block := [(key, digest(row), hash(row.label)) for key, row in islice(stream, _AT_ONCE)]:
        keys, digests, labels = zip(*block, strict=True)
        yield list(keys), np.array(digests, np.uint64), list(labels)


def _parts(row: Row) -> Iterator[bytes]:
    """The values as bytes that differ where the values do: each with its type and its length."""
    for value in row.input.values():
        if value is None:
            yield b"-"
        elif isinstance(value, str | bytes):
            data = value.encode() if isinstance(value, str) else value
            yield b"s%d:" % len(data)
            yield data
        else:
            yield b"n"
            yield _NUMBER.pack(value + 0.0)  # 0 for -0
