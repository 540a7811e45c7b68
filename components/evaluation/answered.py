"""Examples with a model's answers as predictions.parquet has them (analysis.predictions)."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import tensorflow as tf

from analysis import predictions
from analysis.predictions import INPUT, SLICE, Info
from components.features.raw import DTYPES, MISSING
from schemas import codec
from schemas.tasks import Task

Columns = dict[str, np.ndarray]


def columns(info: Info, records: Sequence[bytes] | np.ndarray) -> Columns:
    """Raw columns, columns of slices and the label, [N] each; missing ones as in serving.

    Args:
      info: which columns are kept.
      records: N serialized tf.Examples.
    """
    task: Task = codec.loads(info.task)
    kinds = dict.fromkeys(info.slice_columns, "string") | info.inputs
    spec = {name: tf.io.FixedLenFeature([], DTYPES[kind], MISSING[DTYPES[kind]]) for name, kind in kinds.items()}
    spec[task.label] = tf.io.FixedLenFeature([], tf.int64 if task.classes_or_none else tf.float32)
    return {name: tensor.numpy() for name, tensor in tf.io.parse_example(records, spec).items()}


def table(info: Info, found: Columns, names: pa.Table, answers: np.ndarray) -> pa.Table:
    """The rows of predictions.parquet.

    Args:
      found: ``columns`` of N examples.
      names: their ``key`` and ``source_row`` (components.data.keys).
      answers: as ``analysis.predictions.judged`` gives them.
    """
    task: Task = codec.loads(info.task)
    filled = {
        "key": names["key"],
        "source_row": names["source_row"],
        **predictions.answered(task, found[task.label], answers),
        **{INPUT + name: _cells(found[name], kind) for name, kind in info.inputs.items()},
        **{SLICE + name: _slice_cells(found[name], name, task) for name in info.slice_columns},
    }
    schema = predictions.schema_of(info)
    return pa.table([pa.array(filled[field.name], field.type) for field in schema], schema=schema)


def _cells(values: np.ndarray, kind: str) -> Any:
    """A raw column as the file has it: null for NaN and for an empty string."""
    if kind == "number":
        return pa.array(values, from_pandas=True)
    return values if kind == "image" else _texts(values)


def _texts(values: np.ndarray) -> list[str | None]:
    return [cell.decode() or None for cell in values]


def _slice_cells(values: np.ndarray, name: str, task: Task) -> list[str | None]:
    if name == task.label and task.classes_or_none:
        return [task.classes_or_none[index] for index in values]
    return _texts(values)
