"""Raw columns as tensors: how tf.Examples are parsed, and how dense columns become what the Transform graph takes."""

from collections.abc import Mapping, Sequence
from typing import Any

import tensorflow as tf

from analysis.predictions import INPUT
from prediction import signature
from schemas.description import Description
from schemas.tasks import Task

DTYPES = {kind: tf.as_dtype(name) for kind, name in signature.DTYPES.items()}
MISSING = {tf.float32: float("nan"), tf.string: "", tf.int64: -1}


def dense_spec(description: Description, *, with_label: bool = False) -> dict[str, tf.io.FixedLenFeature]:
    """A parsing spec that reads every raw column as a scalar, NaN or "" where it is missing.

    An example that lacks a column altogether is parsed too: an older model can be asked about newer data.
    """
    spec = {name: _scalar(DTYPES[kind]) for name, kind in description.raw().items()}
    if with_label:
        spec |= {task.label: label_spec(task) for task in description.task.parts}
    return spec


def parsed(serialized: tf.Tensor, spec: Mapping[str, tf.io.FixedLenFeature]) -> dict[str, tf.Tensor]:
    """``tf.io.parse_example``, which would make a constant of each feature's default, of features that have equal ones.

    Args:
      serialized: tf.Examples string[N], or one.
      spec: all with a default value.
    """
    constants: dict[str, tf.Tensor] = {}
    for one in spec.values():
        if repr(one) not in constants:
            constants[repr(one)] = tf.constant(one.default_value, one.dtype, one.shape)
    none = tf.constant([], tf.string)
    found = tf.raw_ops.ParseExampleV2(
        serialized=serialized,
        names=none,
        sparse_keys=none,
        dense_keys=list(spec),
        ragged_keys=none,
        dense_defaults=[constants[repr(one)] for one in spec.values()],
        num_sparse=0,
        sparse_types=[],
        ragged_value_types=[],
        ragged_split_types=[],
        dense_shapes=[one.shape for one in spec.values()],
    )
    return dict(zip(spec, found.dense_values, strict=True))


def label_spec(task: Task) -> tf.io.FixedLenFeature:
    """How the label of one task is parsed: a scalar, or of a forecast float32[label_width]; -1 or NaN where it is missing."""
    if task.label_width == 1:
        return _scalar(tf.int64 if task.classes_or_none else tf.float32)
    return tf.io.FixedLenFeature([task.label_width], tf.float32, [MISSING[tf.float32]] * task.label_width)


def _scalar(dtype: tf.DType) -> tf.io.FixedLenFeature:
    return tf.io.FixedLenFeature([], dtype, default_value=MISSING[dtype])


def of_rows(rows: Sequence[Mapping[str, Any]], kinds: Mapping[str, str]) -> dict[str, tf.Tensor]:
    """The raw columns of rows of predictions.parquet (analysis.predictions.rows), tensors [N]; NaN or "" where one is missing.

    Args:
      kinds: the columns' types (schemas.description.Description.raw).
    """
    found = {}
    for name, kind in kinds.items():
        dtype, cells = DTYPES[kind], (row[INPUT + name] for row in rows)
        found[name] = tf.constant([MISSING[dtype] if cell is None else cell for cell in cells], dtype)
    return found


def to_raw(columns: dict[str, tf.Tensor], raw_spec: dict[str, Any]) -> dict[str, tf.Tensor | tf.SparseTensor]:
    """Dense columns [N] to the form that the Transform graph was traced with.

    Args:
      columns: tensors of shape [N]; NaN, "" or -1 means missing.
      raw_spec: TFTransformOutput.raw_feature_spec(): VarLenFeature asks for a SparseTensor [N, 1].
    """
    rows = tf.range(tf.shape(next(iter(columns.values())), tf.int64)[0])
    # Each cell is there, NaN or "" where a value is missing, which is what preprocessing_fn fills empty cells with. So all
    # columns share their indices: to leave cells out would take a dozen operations for each of perhaps a thousand columns.
    indices, shape = tf.stack([rows, tf.zeros_like(rows)], axis=1), tf.stack([tf.size(rows, tf.int64), 1])
    raw = {}
    for name, values in columns.items():
        if isinstance(raw_spec[name], tf.io.VarLenFeature):
            raw[name] = tf.SparseTensor(indices, tf.reshape(values, [-1]), shape)
        else:
            raw[name] = tf.reshape(values, [-1, *raw_spec[name].shape])
    return raw
