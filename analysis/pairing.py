"""The same example in the predictions of two versions, and what became of its answer."""

from collections import defaultdict
from typing import Any

import numpy as np
import pyarrow as pa

SAME, FIXED, BROKEN, OTHER = "", "fixed", "broken", "other"
"""What became of an answer: it is the same, it became right, it became wrong, or it is another wrong one."""


def partners(keys: pa.ChunkedArray, before: pa.ChunkedArray) -> np.ndarray:
    """The row of ``before`` that has the same key, int64[N]; -1 where there is none.

    Of rows with one key (a group that the page keeps together, or equal rows) the first one belongs to the first one of
    ``before``, the second to the second, and so on.

    Args:
      keys: string[N], the column ``key`` of predictions.parquet.
      before: string[M], that of the version before.
    """
    places: dict[Any, list[int]] = defaultdict(list)
    for row, key in enumerate(before.to_pylist()):
        places[key].append(row)
    seen: dict[Any, int] = defaultdict(int)
    found = np.full(len(keys), -1, np.int64)
    for row, key in enumerate(keys.to_pylist()):
        rows = places.get(key, ())
        if seen[key] < len(rows):
            found[row] = rows[seen[key]]
            seen[key] += 1
    return found


def sides(labels: np.ndarray, answers: np.ndarray, before: np.ndarray, paired: np.ndarray) -> np.ndarray:
    """What became of each answer of a classification, str[N]: SAME, FIXED, BROKEN or OTHER.

    Args:
      labels, answers: int[N], class indices.
      before: int[N], the answers of the version before to the same examples.
      paired: bool[N], whether there was one; SAME where not.
    """
    found = np.full(len(labels), SAME, dtype="<U6")
    changed = paired & (answers != before)
    found[changed] = OTHER
    found[changed & (answers == labels)] = FIXED
    found[changed & (before == labels)] = BROKEN
    return found
