"""Raw columns as tensors: how tf.Examples are parsed, and how dense columns become what the Transform graph takes."""

from collections.abc import Sequence
from typing import Any

import pyarrow as pa
import tensorflow as tf

from analysis.predictions import Predictions
from prediction import signature
from schemas.description import Description

DTYPES = {kind: tf.as_dtype(name) for kind, name in signature.DTYPES.items()}
MISSING = {tf.float32: float("nan"), tf.string: "", tf.int64: -1}


def dense_spec(description: Description, *, with_label: bool = False) -> dict[str, tf.io.FixedLenFeature]:
    """A parsing spec that reads every raw column as a scalar, NaN or "" where it is missing.

    An example that lacks a column altogether is parsed too: an older model can be asked about newer data.
    """
    spec = {name: _scalar(DTYPES[kind]) for name, kind in description.raw().items()}
    if with_label:
        spec[description.task.label] = _scalar(tf.int64 if description.task.classes_or_none else tf.float32)
    return spec


def _scalar(dtype: tf.DType) -> tf.io.FixedLenFeature:
    return tf.io.FixedLenFeature([], dtype, default_value=MISSING[dtype])


def of_predictions(predictions: Predictions, rows: Sequence[int]) -> dict[str, tf.Tensor]:
    """The raw columns of some rows of predictions.parquet, tensors [N]; NaN or "" where a value is missing."""
    found = {}
    for name, kind in predictions.info.inputs.items():
        dtype = DTYPES[kind]
        values = predictions.input(name).take(pa.array(rows, pa.int64())).to_pylist()
        found[name] = tf.constant([MISSING[dtype] if value is None else value for value in values], dtype, [len(rows)])
    return found


def to_raw(columns: dict[str, tf.Tensor], raw_spec: dict[str, Any]) -> dict[str, tf.Tensor | tf.SparseTensor]:
    """Dense columns [N] to the form that the Transform graph was traced with.

    Args:
      columns: tensors of shape [N]; NaN, "" or -1 means missing.
      raw_spec: TFTransformOutput.raw_feature_spec(): VarLenFeature asks for a SparseTensor [N, 1].
    """
    raw = {}
    for name, values in columns.items():
        if isinstance(raw_spec[name], tf.io.VarLenFeature):
            raw[name] = _sparse(tf.reshape(values, [-1]))
        else:
            raw[name] = tf.reshape(values, [-1, *raw_spec[name].shape])
    return raw


def _sparse(values: tf.Tensor) -> tf.SparseTensor:
    if values.dtype == tf.float32:
        present = tf.logical_not(tf.math.is_nan(values))
    else:
        present = tf.not_equal(values, MISSING[values.dtype])
    rows = tf.where(present)
    indices = tf.concat([rows, tf.zeros_like(rows)], axis=1)
    return tf.SparseTensor(indices, tf.boolean_mask(values, present), [tf.size(values, tf.int64), 1])
