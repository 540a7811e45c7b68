"""Numbers in the Transform graph: filled, scaled, or cut into buckets."""

import numpy as np
import tensorflow as tf
import tensorflow_transform as tft

from schemas import encoding
from schemas.features import Number


def encode_numbers(values: dict[str, tf.Tensor], features: dict[str, Number]) -> dict[str, tf.Tensor]:
    """All numbers at once, as columns of one matrix: each analyzer costs a dozen Beam stages, however wide it is.

    The statistics are those of the values that are present (log(1 + x) already taken where it is asked for).

    Returns:
      float32[N] by name, or [N, 2] with an indicator; of many numbers all in one matrix (schemas.encoding.matrix_columns).
    """
    if not values:
        return {}
    declared = [features[name] for name in values]
    matrix = _logged(tf.stack([tf.cast(value, tf.float32) for value in values.values()], axis=1), declared)
    known = tf.logical_not(tf.math.is_nan(matrix))
    mean, deviation = _mean_and_deviation(matrix, known)
    filled = tf.where(known, matrix, _fills(matrix, known, mean, declared))
    # divide_no_nan: a constant column has no deviation, and becomes 0.
    scaled = _chosen(declared, ("z_score", "log"), _scaled(filled, mean, deviation / 2), filled)
    if any(feature.scale == "min_max" for feature in declared):
        # Infinity and not NaN, which would become the minimum and the maximum themselves.
        low = tft.min(tf.where(known, matrix, np.inf), reduce_instance_dims=False)
        high = tft.max(tf.where(known, matrix, -np.inf), reduce_instance_dims=False)
        scaled = _chosen(declared, ("min_max",), _scaled(filled, low, high / 2 - low / 2), scaled)
    missing = tf.cast(tf.logical_not(known), tf.float32)
    if encoding.matrix_columns(features):
        return {encoding.MATRIX: _with_indicators(scaled, missing, declared)}
    outputs = {}
    for column, name in enumerate(values):
        number = scaled[:, column]
        outputs[name] = tf.stack([number, missing[:, column]], axis=1) if features[name].indicator else number
    return outputs


def _scaled(numbers: tf.Tensor, start: tf.Tensor, half: tf.Tensor) -> tf.Tensor:
    """(numbers - start) / (2 half), 0 where half is 0. In halves: the difference of huge numbers may be no float32."""
    return tf.math.divide_no_nan(numbers / 2 - start / 2, half)


def _chosen(features: list[Number], scales: tuple[str, ...], scaled: tf.Tensor, others: tf.Tensor) -> tf.Tensor:
    """The columns of ``scaled`` that one of the scales is asked for of, and those of ``others`` elsewhere."""
    return tf.where([feature.scale in scales for feature in features], scaled, others)


def _with_indicators(scaled: tf.Tensor, missing: tf.Tensor, features: list[Number]) -> tf.Tensor:
    """All numbers, then the indicators that are asked for: float32[N, width]."""
    indicated = [column for column, feature in enumerate(features) if feature.indicator]
    whole = tf.concat([scaled, tf.gather(missing, indicated, axis=1)], axis=1) if indicated else scaled
    whole.set_shape([None, len(features) + len(indicated)])
    return whole


def _logged(matrix: tf.Tensor, features: list[Number]) -> tf.Tensor:
    """log(1 + x) of the columns [..., columns] that it is asked for of."""
    is_log = [feature.scale == "log" for feature in features]
    return tf.where(is_log, tf.math.log1p(tf.maximum(matrix, 0.0)), matrix) if any(is_log) else matrix


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
    constants = [0.0 if isinstance(one.missing, str) else float(one.missing) for one in features]
    fills = tf.where([one.missing == "mean" for one in features], mean, _logged(tf.constant(constants), features))
    is_median = [one.missing == "median" for one in features]
    if not any(is_median):
        return fills
    places = [place for place, one in enumerate(is_median) if one]
    medians = []
    for column in places:
        present = tf.boolean_mask(matrix[:, column], known[:, column])
        medians.append(tf.reshape(tft.quantiles(present, num_buckets=2, epsilon=0.001), []))
    return tf.tensor_scatter_nd_update(fills, [[place] for place in places], tf.stack(medians))


def encode_buckets(name: str, value: tf.Tensor, feature: Number) -> dict[str, tf.Tensor]:
    """A number, [N], to the range that it is in, int64[N]; a missing one is in the last."""
    value = tf.cast(value, tf.float32)
    missing = tf.math.is_nan(value)
    edges = tft.quantiles(tf.boolean_mask(value, tf.logical_not(missing)), feature.buckets, epsilon=0.001)
    # NaN has no bucket; 0 stands in for it until the last line.
    bucket = tft.apply_buckets(tf.where(missing, 0.0, value), edges)
    return {name: tf.where(missing, tf.constant(feature.buckets, tf.int64), bucket)}
