"""Examples with a model's answers as predictions.parquet has them (analysis.predictions)."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import tensorflow as tf

from analysis import multi_hot, predictions
from analysis.predictions import INPUT, SLICE, Info
from components.features.raw import DTYPES, MISSING, label_spec, parsed
from schemas import codec
from schemas.tasks import CLASSES, Forecast, Task
from schemas.tasks.forecast import STEP

Columns = dict[str, np.ndarray]


def columns(info: Info, tasks: Sequence[Task], records: Sequence[bytes] | np.ndarray) -> Columns:
    """Raw columns, columns of slices and the labels, [N] each; missing ones as in serving.

    Args:
      info: which columns are kept.
      tasks: whose labels are read.
      records: N serialized tf.Examples.
    """
    kinds = dict.fromkeys(info.slice_columns, "string") | info.inputs
    kinds.pop(STEP, None)  # of a forecast: no column of the examples
    spec = {name: tf.io.FixedLenFeature([], DTYPES[kind], MISSING[DTYPES[kind]]) for name, kind in kinds.items()}
    spec |= {task.label: label_spec(task) for task in tasks}
    return {name: tensor.numpy() for name, tensor in parsed(records, spec).items()}


def table(info: Info, tasks: Sequence[Task], found: Columns, names: pa.Table, answers: np.ndarray) -> pa.Table:
    """The rows of predictions.parquet.

    Args:
      tasks: of the page; ``info`` is of one of them.
      found: ``columns`` of N examples.
      names: their ``key`` and ``source_row`` (components.data.keys).
      answers: as ``analysis.losses.judged`` gives them.
    """
    task: Task = codec.loads(info.task)
    labels = {one.label: one for one in tasks}
    naive: dict[str, np.ndarray] = {}
    if isinstance(task, Forecast):
        naive = _naive(task, found[task.label])
        found, names, answers = _by_step(task, found, names, answers)
    filled = {
        **naive,
        "key": names["key"],
        "source_row": names["source_row"],
        **predictions.answered(task, found[task.label], answers),
        **{INPUT + name: _cells(found[name], kind) for name, kind in info.inputs.items()},
        **{SLICE + name: _slice_cells(found[name], labels.get(name)) for name in info.slice_columns},
    }
    schema = predictions.schema_of(info)
    return pa.table([pa.array(filled[field.name], field.type) for field in schema], schema=schema)


def _naive(task: Forecast, labels: np.ndarray) -> dict[str, np.ndarray]:
    """The naive forecasts of each step of each window, float64[N x horizon] (Forecast.label_width)."""
    found = np.repeat(labels[:, -1], task.horizon), labels[:, task.horizon : -1].reshape(-1)
    return {name: values.astype(np.float64) for name, values in zip(predictions.NAIVE, found, strict=True)}


def _by_step(
    task: Forecast, found: Columns, names: pa.Table, answers: np.ndarray
) -> tuple[Columns, pa.Table, np.ndarray]:
    """Windows as rows of their steps: each window's values to come one after the other, with the column STEP from 1."""
    windows = len(answers)
    steps = np.tile(np.arange(1, task.horizon + 1), windows)
    columns = {name: np.repeat(values, task.horizon) for name, values in found.items() if name != task.label}
    columns[task.label] = found[task.label][:, : task.horizon].reshape(-1)
    columns[STEP] = np.array([str(step).encode() for step in steps])
    rows = names.take(pa.array(np.repeat(np.arange(windows), task.horizon)))
    keys = [f"{key} +{step}" for key, step in zip(rows["key"].to_pylist(), steps, strict=True)]
    return columns, pa.table({"key": keys, "source_row": rows["source_row"]}), answers.reshape(-1)


def _cells(values: np.ndarray, kind: str) -> Any:
    """A raw column as the file has it: null for NaN and for an empty string."""
    if kind == "number":
        return pa.array(values, from_pandas=True)
    return values if kind == "image" else _texts(values)


def _texts(values: np.ndarray) -> list[str | None]:
    return [cell.decode() or None for cell in values]


def _slice_cells(values: np.ndarray, label: Task | None) -> list[str | None]:
    """The cells as text; ``label``: the task whose label they are, if any."""
    return _texts(values) if label is None else [label_text(label, value) for value in values]


def label_text(task: Task, value: Any) -> str:
    """A label as text: the name of a class, the JSON array of several, or the number."""
    if task.classes_or_none is None:
        return str(value)
    if task.kind == CLASSES:
        return str(multi_hot.texts([value], task.classes_or_none)[0])
    return task.classes_or_none[int(value)]
