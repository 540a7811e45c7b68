"""The examples that two versions have both answered."""

import json
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from analysis import multi_hot
from analysis.predictions import Predictions
from schemas.errors import InputError
from schemas.tasks import CLASSES
from schemas.tasks.multi_label import text_of


@dataclass(frozen=True)
class Pairs:
    """Two files of predictions of one dataset, joined.

    Attributes:
      before, after: the files.
      rows_before, rows_after: int64[P], where each example stands in each.
      only_before, only_after: how many examples only one of them has.
      relabelled: how many both have, with another label in each; they are in no pair.
    """

    before: Predictions
    after: Predictions
    rows_before: np.ndarray
    rows_after: np.ndarray
    only_before: int
    only_after: int
    relabelled: int

    def __len__(self) -> int:
        return len(self.rows_after)

    @property
    def right_before(self) -> np.ndarray:
        """bool[P]; of classes alone, of several all of them."""
        return self.before.right[self.rows_before]

    @property
    def right_after(self) -> np.ndarray:
        """bool[P]; of classes alone, of several all of them."""
        return self.after.right[self.rows_after]

    @property
    def changed(self) -> np.ndarray:
        """bool[P]: whether the answers differ; two that are not finite do not."""
        before, after = _shown(self.before)[self.rows_before], _shown(self.after)[self.rows_after]
        same = before == after
        return ~same if self.after.classes is not None else ~(same | ~(np.isfinite(before) | np.isfinite(after)))


def partners(before: Predictions, after: Predictions) -> np.ndarray:
    """Of each example of ``after`` the row that it has in ``before``, int64[N]; -1 where it has none. See ``join``."""
    left, right = _identities(before, after)
    _, rows_before, rows_after = np.intersect1d(left, right, return_indices=True)
    found = np.full(len(after), -1, np.int64)
    found[rows_after] = rows_before
    return found


def join(before: Predictions, after: Predictions) -> Pairs:
    """Joins by ``key``; where one of the two has a key more than once, by key and ``source_row``.

    Raises:
      InputError: they are of two datasets, or of two kinds of task.
    """
    _check(before, after)
    partner = partners(before, after)
    rows_after = np.flatnonzero(partner >= 0)
    rows_before = partner[rows_after]
    labels = (_labels(side).take(rows) for side, rows in ((before, rows_before), (after, rows_after)))
    same = pc.equal(*labels).to_numpy()
    return Pairs(
        before,
        after,
        rows_before[same],
        rows_after[same],
        only_before=len(before) - len(rows_before),
        only_after=len(after) - len(rows_after),
        relabelled=int((~same).sum()),
    )


def _labels(predictions: Predictions) -> pa.ChunkedArray:
    """The labels as the file has them; the names of several classes in one order, whatever that of the page's classes is."""
    labels = predictions.table["label"]
    if predictions.task.kind != CLASSES:
        return labels
    encoded = labels.combine_chunks().dictionary_encode()
    names = pa.array(_sorted(encoded.dictionary.to_pylist()), pa.string())
    return pa.chunked_array([names.take(encoded.indices)])


def _sorted(texts: Iterable[str]) -> list[str]:
    return [text_of(sorted(json.loads(text))) for text in texts]


def _check(before: Predictions, after: Predictions) -> None:
    if before.info.name != after.info.name:
        raise InputError(
            f"cannot compare the predictions of {before.info.name} with those of {after.info.name}; "
            "compare two versions of one dataset"
        )
    kinds = [type(side.task).__name__ for side in (before, after)]
    if kinds[0] != kinds[1]:
        raise InputError(
            f"cannot compare two versions of {after.info.name}: one is a {kinds[0]}, the other a {kinds[1]}; "
            "compare versions whose page has the same task"
        )


def _identities(before: Predictions, after: Predictions) -> tuple[np.ndarray, np.ndarray]:
    """What identifies the examples of both, int64 each."""
    keys = pa.chunked_array([*before.table["key"].chunks, *after.table["key"].chunks], pa.string())
    # combine_chunks gives one dictionary to all chunks.
    encoded = keys.combine_chunks().dictionary_encode().indices.to_numpy().astype(np.int64)
    rows = np.concatenate([side.table["source_row"].to_numpy() for side in (before, after)])
    counts = [np.bincount(part, minlength=len(keys) + 1) for part in np.split(encoded, [len(before)])]
    repeated = (np.maximum(*counts) > 1)[encoded]
    identities = encoded * (rows.max(initial=0) + 1) + np.where(repeated, rows, 0)
    return identities[: len(before)], identities[len(before) :]


def _shown(predictions: Predictions) -> np.ndarray:
    """The answers as the file has them: names, "" for one that is not finite; or numbers."""
    if predictions.classes is None:
        return predictions.answers
    if predictions.task.kind == CLASSES:
        distinct, which = np.unique(np.maximum(predictions.answers, 0), return_inverse=True)
        found = np.array(_sorted(multi_hot.texts(distinct, predictions.classes)), object)
        return np.where(predictions.finite, found[which], "")
    return np.array([*predictions.classes, ""])[predictions.answers]
