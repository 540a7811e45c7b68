"""Vectors in the Transform graph: canonical text (schemas.forms.vectors) to numbers."""

import tensorflow as tf
import tensorflow_transform as tft

from schemas.features import Vector


def encode_vector(name: str, value: tf.Tensor, feature: Vector) -> dict[str, tf.Tensor]:
    """string[N] to float32[N, length]; a missing one is the mean. Fails on a vector of another length."""
    known = tf.not_equal(value, "")
    # What stands for a missing one keeps the matrix whole until it is filled.
    texts = tf.where(known, value, " ".join(["0"] * feature.length))
    parts = tf.strings.split(texts, " ")
    numbers = tf.strings.to_number(parts.flat_values, tf.float32)
    matrix = tf.reshape(numbers, [tf.size(value), feature.length])
    mean, deviation = _mean_and_deviation(matrix, known)
    filled = tf.where(known[:, tf.newaxis], matrix, tf.cast(mean, tf.float32))
    if feature.scale == "none":
        return {name: filled}
    # In float64 until the mean is subtracted: a spectrum may be a small wave on a large constant.
    scores = tf.math.divide_no_nan(tf.cast(filled, tf.float64) - mean, deviation)
    return {name: tf.where(known[:, tf.newaxis], tf.cast(scores, tf.float32), 0.0)}


def _mean_and_deviation(matrix: tf.Tensor, known: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
    """Of each element over the known rows, float64[length]."""
    present = tf.boolean_mask(tf.cast(matrix, tf.float64), known)
    return tft.mean(present, reduce_instance_dims=False), tf.sqrt(tft.var(present, reduce_instance_dims=False))
