import tracemalloc
from collections.abc import Iterator
from itertools import chain

import numpy as np
import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from analysis.duplicates import MOST, Block, duplicates
from analysis.records import Duplicate

NO, YES = 0, 1
digests = st.lists(st.integers(0, 6), max_size=12)


def block(rows: list[int], labels: list[int] | None = None, key: str = "k") -> Block:
    keys = pa.chunked_array([pa.array([f"{key}{place}" for place in range(len(rows))], pa.string())])
    return Block(np.array(rows, np.uint64), np.array(labels or [NO] * len(rows), np.uint64), keys)


def test_a_test_row_names_its_first_twin_and_whether_the_label_is_the_same() -> None:
    test = [block([1, 2]), block([3, 3], [NO, YES])]
    found = duplicates(test, {"train": [block([9, 3, 3], key="t")], "eval": [block([2, 3], key="e")]})
    assert found.first == (
        Duplicate(1, "eval", "e0", True),
        Duplicate(2, "train", "t1", True),
        Duplicate(3, "train", "t1", False),
    )
    assert found.total == 3


def test_no_rows_have_no_twins() -> None:
    assert duplicates([], {"train": [block([1])]}) == ((), 0)
    assert duplicates([block([1])], {"train": [], "eval": [block([])]}) == ((), 0)


@given(st.lists(digests, max_size=3), st.lists(digests, max_size=3))
def test_the_first_twin_of_each_row_is_given_however_the_rows_lie_in_blocks(
    test: list[list[int]], train: list[list[int]]
) -> None:
    found = duplicates(map(block, test), {"train": [block(rows, key=f"{at}-") for at, rows in enumerate(train)]})
    known: dict[int, str] = {}
    for at, rows in enumerate(train):
        for place, row in enumerate(rows):
            known.setdefault(row, f"{at}-{place}")
    expected = [(place, known[row]) for place, row in enumerate(chain.from_iterable(test)) if row in known]
    assert [(each.row, each.twin_key) for each in found.first] == expected
    assert found.total == len(expected)


def test_the_first_rows_are_given_and_all_are_counted() -> None:
    rows = [*range(500)]
    backwards = [block([row], key=f"{row}-") for row in reversed(rows)]
    found = duplicates([block(rows)], {"train": backwards})
    assert [(each.row, each.twin_key) for each in found.first] == [(row, f"{row}-0") for row in range(MOST)]
    assert found.total == 500


def test_a_row_that_stands_in_both_splits_thousands_of_times_is_compared_once(monkeypatch) -> None:
    made = []
    monkeypatch.setattr("analysis.duplicates.Duplicate", lambda *fields: made.append(fields) or Duplicate(*fields))
    found = duplicates([block([7] * 3000)], {"train": [block([7] * 3000, key="t") for _ in range(5)]})
    assert found.total == 3000 and [(each.row, each.twin_key) for each in found.first] == [
        (row, "t0") for row in range(MOST)
    ]
    assert len(made) == MOST


def test_memory_is_some_bytes_a_test_row() -> None:
    count, at_once = 400_000, 4000

    def blocks(first: int) -> Iterator[Block]:
        keys = pa.chunked_array([pa.array(["k"] * at_once)])
        for start in range(first, first + count, at_once):
            rows = np.arange(start, start + at_once, dtype=np.uint64)
            yield Block(rows, rows, keys)

    tracemalloc.start()
    found = duplicates(blocks(0), {"train": blocks(count - 1)})
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert found.total == 1 and found.first[0].row == count - 1
    assert peak < 100 * count
