"""Predictions in memory, from the answers of any model."""

import numpy as np
import pyarrow as pa

from analysis import predictions
from analysis.losses import losses
from analysis.predictions import INPUT, Info, Predictions
from schemas import codec
from schemas.tasks import CLASS


def table(
    task,
    labels,
    answers,
    *,
    name="dataset",
    keys=None,
    rows=None,
    inputs=None,
    slices=(),
    slice_columns=None,
    buckets=(),
):
    """What ErrorAnalyzer would write of these answers.

    Args:
      task: of schemas.tasks.
      labels: int[N], class indices, or masks of several classes; or float[N].
      answers: probabilities float[N, classes]; or values float[N].
      name: the dataset.
      keys, rows: ``key`` and ``source_row``; by default the row's number.
      inputs: raw columns by name: arrays of numbers, or lists of strings or bytes.
      slices, buckets: of Info; ``slice_columns``: the slices' cells by name.
    """
    inputs = inputs or {}
    kinds = {column: _kind(cells) for column, cells in inputs.items()}
    info = Info(name, codec.dumps(task), "test", kinds, slices, buckets)
    answers = np.asarray(answers, np.float32 if task.classes_or_none else np.float64)
    columns = {
        "key": keys if keys is not None else [f"{row:016x}" for row in range(len(labels))],
        "source_row": rows if rows is not None else np.arange(1, len(labels) + 1),
        "loss": losses(task, np.asarray(labels), answers),
        **{INPUT + column: cells for column, cells in inputs.items()},
        **{predictions.SLICE + column: cells for column, cells in (slice_columns or {}).items()},
    }
    if task.kind == CLASS:
        names = np.array(task.classes_or_none)
        columns |= {"label": names[labels], "prediction": names[answers.argmax(axis=1)]}
        columns |= {"confidence": answers.max(axis=1), "probabilities": list(answers)}
    else:
        columns |= predictions.answered(task, np.asarray(labels), answers)
    schema = predictions.schema_of(info)
    return Predictions(info, pa.table([pa.array(columns[field.name], field.type) for field in schema], schema=schema))


def _kind(cells):
    first = next((cell for cell in cells if cell is not None), 0.0)
    return "image" if isinstance(first, bytes) else "string" if isinstance(first, str) else "number"
