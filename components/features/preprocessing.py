"""Transform's preprocessing_fn: every feature's encoding follows from its declared type.

Raw columns arrive as tf.Examples give them (a sparse tensor, because values may be missing) and leave as dense tensors, under
the feature's own name. A missing value is NaN or "" in between, the same as in the ``predict`` signature.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
import tensorflow as tf
import tensorflow_transform as tft

from components.features import derived
from components.features.raw import MISSING
from components.features.texts import encode_text
from schemas.description import Description
from schemas.encoding import vocabulary_name
from schemas.features import Category, Feature, Image, Number, Text

MISSING_NAME = "[missing]"


def preprocessing_fn(inputs: dict[str, Any], custom_config: dict[str, str]) -> dict[str, tf.Tensor]:
    """Encodes all features, and passes the label through.

    Args:
      inputs: raw columns, string, float32 or int64 SparseTensors (or Tensors) of shape [N, 1] or [N].
      custom_config: ``description``: the JSON text of a Description.

    Returns:
      Number: float32[N], or [N, 2] with an indicator, or int64[N] with buckets (the last one for a missing value). Category:
      int64[N], out-of-vocabulary id last. Text: see components.features.texts. Image: float32[N, height, width, channels] in
      0..1. The label under its column's name, as it is.
    """
    description = Description.from_json(custom_config["description"])
    raw = {name: dense(value) for name, value in inputs.items()}
    values = {name: _value(name, feature, raw) for name, feature in description.features.items()}
    numbers = {n: f for n, f in description.features.items() if isinstance(f, Number) and not f.buckets}
    outputs = _numbers({name: values[name] for name in numbers}, numbers)
    for name, feature in description.features.items():
        if name not in numbers:
            outputs |= _ENCODERS[type(feature)](name, values[name], feature)
    outputs[description.task.label] = raw[description.task.label]
    return outputs


def dense(value: tf.Tensor | tf.SparseTensor) -> tf.Tensor:
    """[N] or [N, 1], sparse or dense, to a dense tensor of shape [N]; NaN, "" or -1 where a value is missing."""
    if isinstance(value, tf.SparseTensor):
        # A batch without any value has the width 0; a raw feature has at most one value a row.
        rows = tf.SparseTensor(value.indices, value.values, [value.dense_shape[0], 1])
        value = tf.sparse.to_dense(rows, MISSING[value.dtype])
    return tf.reshape(value, [-1])


def _value(name: str, feature: Feature, raw: dict[str, tf.Tensor]) -> tf.Tensor:
    if feature.derived is None:
        return raw[name]
    return derived.load(feature.derived)(*(raw[column] for column in feature.of))


def _numbers(values: dict[str, tf.Tensor], features: dict[str, Number]) -> dict[str, tf.Tensor]:
    """All numbers at once, as columns of one matrix: each analyzer costs a dozen Beam stages, however wide it is.

    The statistics are those of the values that are present (log(1 + x) already taken where it is asked for).
    """
    if not values:
        return {}
    names = list(values)
    columns = [_logged(tf.cast(values[name], tf.float32), features[name]) for name in names]
    matrix = tf.stack(columns, axis=1)
    known = tf.logical_not(tf.math.is_nan(matrix))
    mean, deviation = _mean_and_deviation(matrix, known)
    fill = _fills(matrix, known, mean, [features[name] for name in names])
    filled = tf.where(known, matrix, fill)
    scaled = {"z_score": tf.math.divide_no_nan(filled - mean, deviation), "none": filled}
    scaled["log"] = scaled["z_score"]
    if any(features[name].scale == "min_max" for name in names):
        # Infinity and not NaN, which would become the minimum and the maximum themselves.
        low = tft.min(tf.where(known, matrix, np.inf), reduce_instance_dims=False)
        high = tft.max(tf.where(known, matrix, -np.inf), reduce_instance_dims=False)
        scaled["min_max"] = tf.math.divide_no_nan(filled - low, high - low)
    outputs = {}
    for column, name in enumerate(names):
        # divide_no_nan above: a constant column has no deviation, and becomes 0.
        number = scaled[features[name].scale][:, column]
        missing = tf.cast(tf.logical_not(known[:, column]), tf.float32)
        outputs[name] = tf.stack([number, missing], axis=1) if features[name].indicator else number
    return outputs


def _logged(value: tf.Tensor, feature: Number) -> tf.Tensor:
    return tf.math.log1p(tf.maximum(value, 0.0)) if feature.scale == "log" else value


def _mean_and_deviation(matrix: tf.Tensor, known: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
    """Mean and population standard deviation of each column's known values, float32[columns]; 0 where there are none."""
    # In float64: the difference of sums of squares would lose all digits of a float32.
    values = tf.where(known, tf.cast(matrix, tf.float64), 0.0)
    # One analyzer for the three sums; tft.mean and tft.var would be two.
    sums = tft.sum(tf.concat([tf.cast(known, tf.float64), values, values**2], axis=1), reduce_instance_dims=False)
    count, total, squares = tf.split(sums, 3)
    mean = tf.math.divide_no_nan(total, count)
    # Rounding may leave a constant column slightly below zero.
    variance = tf.maximum(tf.math.divide_no_nan(squares, count) - mean**2, 0.0)
    return tf.cast(mean, tf.float32), tf.cast(tf.sqrt(variance), tf.float32)


def _fills(matrix: tf.Tensor, known: tf.Tensor, mean: tf.Tensor, features: list[Number]) -> tf.Tensor:
    """What stands for a missing value in each column, float32[columns], on the column's own (log) scale."""
    if all(feature.missing == "mean" for feature in features):
        return mean
    fills = []
    for column, feature in enumerate(features):
        if feature.missing == "mean":
            fills.append(mean[column])
        elif feature.missing == "median":
            present = tf.boolean_mask(matrix[:, column], known[:, column])
            fills.append(tf.reshape(tft.quantiles(present, num_buckets=2, epsilon=0.001), []))
        else:
            constant = 0.0 if feature.missing == "zero" else float(feature.missing)
            fills.append(_logged(tf.constant(constant), feature))
    return tf.stack(fills)


def _buckets(name: str, value: tf.Tensor, feature: Number) -> dict[str, tf.Tensor]:
    value = tf.cast(value, tf.float32)
    missing = tf.math.is_nan(value)
    edges = tft.quantiles(tf.boolean_mask(value, tf.logical_not(missing)), feature.buckets, epsilon=0.001)
    # NaN has no bucket; 0 stands in for it until the last line.
    bucket = tft.apply_buckets(tf.where(missing, 0.0, value), edges)
    return {name: tf.where(missing, tf.constant(feature.buckets, tf.int64), bucket)}


def _category(name: str, value: tf.Tensor, feature: Category) -> dict[str, tf.Tensor]:
    names = tf.where(tf.equal(value, ""), MISSING_NAME, value)
    if feature.names:
        return {name: _position(names, [*feature.names, MISSING_NAME])}
    ids = tft.compute_and_apply_vocabulary(
        names,
        top_k=feature.vocabulary,
        frequency_threshold=feature.min_count if feature.min_count > 1 else None,
        num_oov_buckets=1,
        vocab_filename=vocabulary_name(name),
    )
    return {name: ids}


def _position(values: tf.Tensor, names: list[str]) -> tf.Tensor:
    """Where each value stands in ``names``, int64[N]; len(names) for one that is not there.

    Declared names are few: comparing with each is cheaper than a lookup table, which adds functions to every SavedModel.
    """
    same = tf.equal(values[:, tf.newaxis], tf.constant(names)[tf.newaxis, :])
    or_else = tf.ones_like(same[:, :1])
    return tf.argmax(tf.cast(tf.concat([same, or_else], axis=1), tf.int8), axis=1)


def _image(name: str, value: tf.Tensor, feature: Image) -> dict[str, tf.Tensor]:
    size = (feature.height, feature.width)

    def decode(encoded: tf.Tensor) -> tf.Tensor:
        # A GIF would otherwise add a dimension of frames.
        picture = tf.io.decode_image(encoded, channels=feature.channels, expand_animations=False)
        picture.set_shape([None, None, feature.channels])
        # "area" averages when it shrinks; bilinear would skip pixels.
        return tf.image.resize(picture, size, method="area") / 255.0

    pictures = tf.map_fn(decode, value, fn_output_signature=tf.float32)
    pictures.set_shape([None, *size, feature.channels])
    return {name: pictures}


_ENCODERS: dict[type[Feature], Callable[..., dict[str, tf.Tensor]]] = {
    Number: _buckets,
    Category: _category,
    Text: encode_text,
    Image: _image,
}
