"""The labels of a multi-label task: bit masks, a row of booleans, or the names as JSON text."""

import json
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from schemas.tasks.multi_label import text_of


def bits(masks: npt.ArrayLike, count: int) -> npt.NDArray[np.bool_]:
    """bool[N, count] of int64[N] masks: column k is bit k, counted from the lowest."""
    return (np.asarray(masks, np.int64)[:, None] >> np.arange(count, dtype=np.int64)) & 1 != 0


def masks(bits: npt.ArrayLike) -> npt.NDArray[np.int64]:
    """int64[N] of bool[N, classes], at most 63 classes; the inverse of ``bits``."""
    rows = np.asarray(bits, bool)
    return rows @ (np.int64(1) << np.arange(rows.shape[1], dtype=np.int64))


def texts(masks: npt.ArrayLike, classes: Sequence[str]) -> npt.NDArray[np.object_]:
    """string[N] of int64[N] masks: JSON arrays of the names in the order of ``classes``, such as ``["a", "b"]``."""
    # Rows share their sets of classes: each set is written once.
    distinct, which = np.unique(np.asarray(masks, np.int64), return_inverse=True)
    rows = bits(distinct, len(classes))
    written = [text_of(name for name, there in zip(classes, row, strict=True) if there) for row in rows]
    return np.array(written, object)[which]


def answered(probabilities: np.ndarray, threshold: float) -> npt.NDArray[np.bool_]:
    """bool[N, classes], the answered classes of probabilities float[N, classes]; none where a probability is not finite."""
    return (probabilities >= threshold) & np.isfinite(probabilities).all(axis=1, keepdims=True)


def from_texts(texts: npt.ArrayLike, classes: Sequence[str]) -> npt.NDArray[np.int64]:
    """int64[N] masks of JSON arrays of names; the inverse of ``texts``. Raises KeyError for a name that is no class."""
    bit = {name: 1 << index for index, name in enumerate(classes)}
    distinct, which = np.unique(np.asarray(texts, object).astype(str), return_inverse=True)
    return np.array([sum(bit[name] for name in json.loads(text)) for text in distinct], np.int64)[which]
