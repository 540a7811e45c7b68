"""Answers to examples as predictions.parquet has them (analysis.predictions), for models that are not exported."""

from typing import Any

import numpy as np
import pyarrow as pa
import tensorflow as tf

from analysis import predictions
from analysis.predictions import INPUT, SLICE, Info
from components.data.examples import Examples
from components.features.raw import DTYPES, MISSING
from schemas import codec
from schemas.tasks import Task


def table(info: Info, examples: Examples, answers: np.ndarray) -> tuple[np.ndarray, pa.Table]:
    """The labels of N examples, int64[N] or float32[N], and the table.

    Args:
      info: which columns are kept.
      answers: probabilities float32[N, classes]; or values float32[N].
    """
    task: Task = codec.loads(info.task)
    columns = _columns(info, examples, task)
    labels = columns[task.label]
    filled: dict[str, Any] = {
        "key": examples.keys["key"],
        "source_row": examples.keys["source_row"],
        **predictions.answered(task, labels, answers),
        **{INPUT + name: _cells(columns[name], kind) for name, kind in info.inputs.items()},
        **{SLICE + name: _slice_cells(columns[name], name, task) for name in info.slice_columns},
    }
    schema = predictions.schema_of(info)
    return labels, pa.table([pa.array(filled[field.name], field.type) for field in schema], schema=schema)


def _columns(info: Info, examples: Examples, task: Task) -> dict[str, np.ndarray]:
    """Raw columns, columns of slices and the label, [N] each; missing ones as in serving."""
    kinds = dict.fromkeys(info.slice_columns, "string") | info.inputs
    spec = {name: tf.io.FixedLenFeature([], DTYPES[kind], MISSING[DTYPES[kind]]) for name, kind in kinds.items()}
    spec[task.label] = tf.io.FixedLenFeature([], tf.int64 if task.classes_or_none else tf.float32)
    return {name: tensor.numpy() for name, tensor in tf.io.parse_example(examples.records, spec).items()}


def _cells(values: np.ndarray, kind: str) -> Any:
    if kind == "number":
        return pa.array(values, from_pandas=True)
    return values if kind == "image" else _texts(values)


def _slice_cells(values: np.ndarray, name: str, task: Task) -> list[str | None]:
    if name == task.label and task.classes_or_none:
        return [task.classes_or_none[index] for index in values]
    return _texts(values)


def _texts(values: np.ndarray) -> list[str | None]:
    return [cell.decode() or None for cell in values]
