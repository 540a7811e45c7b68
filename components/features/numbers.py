"""Numbers in the Transform graph: filled, scaled, or cut into buckets."""

import numpy as np
import tensorflow as tf
import tensorflow_transform as tft

from schemas.features import Number


def encode_numbers(values: dict[str, tf.Tensor], features: dict[str, Number]) -> dict[str, tf.Tensor]:
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


def encode_buckets(name: str, value: tf.Tensor, feature: Number) -> dict[str, tf.Tensor]:
    """A number, [N], to the range that it is in, int64[N]; a missing one is in the last."""
    value = tf.cast(value, tf.float32)
    missing = tf.math.is_nan(value)
    edges = tft.quantiles(tf.boolean_mask(value, tf.logical_not(missing)), feature.buckets, epsilon=0.001)
    # NaN has no bucket; 0 stands in for it until the last line.
    bucket = tft.apply_buckets(tf.where(missing, 0.0, value), edges)
    return {name: tf.where(missing, tf.constant(feature.buckets, tf.int64), bucket)}
