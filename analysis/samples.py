"""A random sample of a stream of rows whose length nobody knows, and the raw columns and labels of rows as arrays."""

import random
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa

from analysis import multi_hot
from analysis.predictions import TYPES, Predictions
from prediction.split_rows import Row
from schemas.tasks import CLASSES, Task


class Reservoir:
    """A sample of rows in which each row of the stream is with the same probability (Vitter, 1985, algorithm R).

    Attributes:
      rows: input and label of the rows of the sample; pictures are left out, which are most of a row.
      seen: how many rows have passed.

    Args:
      size: of the sample.
      seed: the same one chooses the same rows.
    """

    def __init__(self, size: int = 10_000, seed: int = 0) -> None:
        self.rows: list[tuple[dict[str, Any], str | float | None]] = []
        self.seen = 0
        self._size = size
        self._random = random.Random(seed)

    def passing(self, rows: Iterable[tuple[str, Row]]) -> Iterator[tuple[str, Row]]:
        """The rows with their keys as they come, after each had its chance: one pass over a split serves two readers."""
        for key, row in rows:
            self.add(row)
            yield key, row

    def add(self, row: Row) -> None:
        """Gives a row its chance."""
        self.seen += 1
        place = len(self.rows) if len(self.rows) < self._size else self._random.randrange(self.seen)
        if place < self._size:
            values = {name: value for name, value in row.input.items() if not isinstance(value, bytes)}
            self.rows[place : place + 1] = [(values, row.label)]


@dataclass(frozen=True)
class Columns:
    """Raw columns and labels.

    Attributes:
      columns: float32[N] or string[N] by name, null where missing; no pictures.
      labels: int64[N], class indices, or masks of several classes (analysis.multi_hot); or float64[N].
    """

    columns: dict[str, pa.Array]
    labels: np.ndarray


def of_sample(task: Task, inputs: dict[str, str], sample: Reservoir) -> Columns:
    """The columns of a sample's rows that have a label.

    Args:
      inputs: the raw columns' types by name, as ``Info.inputs``.
    """
    rows = [(values, label) for values, label in sample.rows if label is not None]
    columns = {
        name: pa.array([values.get(name) for values, _ in rows], TYPES[kind])
        for name, kind in inputs.items()
        if kind != "image"
    }
    labels = [label for _, label in rows]
    if task.classes_or_none is None:
        return Columns(columns, np.array(labels, np.float64))
    if task.kind == CLASSES:
        return Columns(columns, multi_hot.from_texts(labels, task.classes_or_none))
    places = {name: index for index, name in enumerate(task.classes_or_none)}
    return Columns(columns, np.array([places[str(label)] for label in labels], np.int64))


def of_predictions(predictions: Predictions) -> Columns:
    """The columns of answered examples."""
    columns = {
        name: predictions.input(name).combine_chunks()
        for name, kind in predictions.info.inputs.items()
        if kind != "image"
    }
    return Columns(columns, predictions.labels)
