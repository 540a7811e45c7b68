"""The raw columns and labels of rows as arrays."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from analysis import multi_hot
from analysis.predictions import TYPES, Predictions
from prediction.split_rows import Row
from schemas.tasks import CLASSES, Task


@dataclass(frozen=True)
class Columns:
    """Raw columns and labels.

    Attributes:
      columns: float32[N] or string[N] by name, null where missing; no pictures.
      labels: int64[N], class indices, or masks of several classes (analysis.multi_hot); or float64[N].
    """

    columns: dict[str, pa.Array]
    labels: np.ndarray


def of_rows(task: Task, inputs: dict[str, str], rows: Iterable[Row]) -> Columns:
    """The columns of the rows that have a label.

    Args:
      inputs: the raw columns' types by name, as ``Info.inputs``.
      rows: are passed once: their pictures are not kept.
    """
    kept = {name: kind for name, kind in inputs.items() if kind != "image"}
    cells: dict[str, list[object]] = {name: [] for name in kept}
    labels = []
    for row in rows:
        if row.label is not None:
            labels.append(row.label)
            for name, values in cells.items():
                values.append(row.input.get(name))
    columns = {name: pa.array(cells[name], TYPES[kind]) for name, kind in kept.items()}
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
