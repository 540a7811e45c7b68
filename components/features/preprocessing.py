"""Transform's preprocessing_fn: every feature's encoding follows from its declared type.

Raw columns arrive as tf.Examples give them (a sparse tensor, because values may be missing) and leave as dense tensors, under
the feature's own name. A missing value is NaN or "" in between, the same as in the ``predict`` signature.
"""

from collections.abc import Callable, Mapping
from typing import Any

import tensorflow as tf

from components.features import derived
from components.features.categories import encode_category
from components.features.exact import encode_exact
from components.features.histories import encode_history
from components.features.numbers import encode_buckets, encode_numbers
from components.features.pictures import encode_image
from components.features.places import encode_place
from components.features.raw import MISSING
from components.features.sets import encode_set
from components.features.texts import encode_text
from components.features.timestamps import encode_timestamp
from components.features.vectors import encode_vector
from schemas.description import Description
from schemas.encoding import MATRIX, is_plain_number, packed
from schemas.features import Category, Feature, Geo, History, Image, Number, Set, Text, Timestamp, Vector


def preprocessing_fn(inputs: dict[str, Any], custom_config: dict[str, str]) -> dict[str, tf.Tensor]:
    """Encodes all features, and passes the labels through.

    Args:
      inputs: raw columns, string, float32 or int64 SparseTensors (or Tensors) of shape [N, 1] or [N]; of many numbers, MATRIX
        instead of the ``packed`` ones, float32[N, columns].
      custom_config: ``description``: the JSON text of a Description.

    Returns:
      Number: float32[N], or [N, 2] with an indicator, or int64[N] with buckets (the last one for a missing value). Category:
      int64[N], out-of-vocabulary id last. Image: float32[N, height, width, channels] in 0..1. Others: see the module of their
      kind: texts, timestamps, sets, vectors, places, exact. The labels under their columns' names, as they are.
    """
    description = Description.from_json(custom_config["description"])
    raw = all_dense({name: value for name, value in inputs.items() if name != MATRIX})
    if MATRIX in inputs:
        raw |= _unpacked(inputs[MATRIX], packed(description.features))
    values = {name: _value(name, feature, raw) for name, feature in description.features.items()}
    numbers = {n: f for n, f in description.features.items() if is_plain_number(f)}
    outputs = encode_numbers({name: values[name] for name in numbers}, numbers)
    for name, feature in description.features.items():
        if name not in numbers:
            outputs |= _ENCODERS[type(feature)](name, values[name], feature)
    for task in description.task.parts:
        label = raw[task.label]
        outputs[task.label] = label if task.label_width == 1 else tf.reshape(label, [-1, task.label_width])
    return outputs


def _unpacked(matrix: tf.Tensor, names: tuple[str, ...]) -> dict[str, tf.Tensor]:
    return dict(zip(names, tf.unstack(matrix, len(names), axis=1), strict=True))


def all_dense(inputs: Mapping[str, tf.Tensor | tf.SparseTensor]) -> dict[str, tf.Tensor]:
    """``dense`` of every column. Numbers, of which there may be thousands, share some operations."""
    numbers = {n: v for n, v in inputs.items() if isinstance(v, tf.SparseTensor) and v.dtype == tf.float32}
    if len(numbers) < 2:
        return {name: dense(value) for name, value in inputs.items()}
    together = dict(zip(numbers, tf.unstack(_matrix(list(numbers.values())), len(numbers), axis=1), strict=True))
    return {name: together[name] if name in together else dense(value) for name, value in inputs.items()}


def _matrix(columns: list[tf.SparseTensor]) -> tf.Tensor:
    """Sparse columns [N, 1] (or [N, 0], without any value) side by side, with NaN where there is no value: [N, columns]."""
    values = [column.values for column in columns]
    numbers = tf.repeat(tf.range(len(columns), dtype=tf.int64), tf.concat(tf.shape_n(values), axis=0))
    rows = tf.concat([column.indices for column in columns], axis=0)[:, 0]
    shape = [columns[0].dense_shape[0], len(columns)]
    matrix = tf.fill(tf.cast(tf.stack(shape), tf.int64), MISSING[tf.float32])
    return tf.tensor_scatter_nd_update(matrix, tf.stack([rows, numbers], axis=1), tf.concat(values, axis=0))


def dense(value: tf.Tensor | tf.SparseTensor) -> tf.Tensor:
    """[N] or [N, 1], sparse or dense, to a dense tensor of shape [N]; NaN, "" or -1 where a value is missing."""
    if isinstance(value, tf.SparseTensor):
        # A batch without any value has the width 0; a raw feature has at most one value a row.
        rows = tf.SparseTensor(value.indices, value.values, [value.dense_shape[0], 1])
        value = tf.sparse.to_dense(rows, MISSING[value.dtype])
    return tf.reshape(value, [-1])


def _value(name: str, feature: Feature, raw: dict[str, tf.Tensor]) -> tf.Tensor:
    if isinstance(feature, Geo):
        return tf.stack([raw[column] for column in feature.of], axis=1)
    if feature.derived is None:
        return raw[name]
    return derived.load(feature.derived)(*(raw[column] for column in feature.of))


def _encode_number(name: str, value: tf.Tensor, feature: Number) -> dict[str, tf.Tensor]:
    return (encode_exact if feature.exact else encode_buckets)(name, value, feature)


_ENCODERS: dict[type[Feature], Callable[..., dict[str, tf.Tensor]]] = {
    Geo: encode_place,
    Number: _encode_number,
    Set: encode_set,
    Timestamp: encode_timestamp,
    Vector: encode_vector,
    Category: encode_category,
    Text: encode_text,
    History: encode_history,
    Image: encode_image,
}
