"""Means and deviations of numbers that float32 would round too soon: in float64."""

import tensorflow as tf
import tensorflow_transform as tft


def mean_and_deviation(values: tf.Tensor, known: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
    """Mean and population standard deviation of the known values of the training split, float64 scalars.

    Args:
      values: float64[N].
      known: bool[N].
    """
    present = tf.boolean_mask(values, known)
    # TFT's variance adds squared deviations, not squares: those of Unix seconds have no digit left for the deviation.
    return tft.mean(present), tf.sqrt(tft.var(present))


def standardised(values: tf.Tensor, known: tf.Tensor) -> tf.Tensor:
    """float64[N] to the z-score, float32[N]; 0 where the value is unknown, or never changes."""
    mean, deviation = mean_and_deviation(values, known)
    score = tf.math.divide_no_nan(values - mean, deviation)
    return tf.cast(tf.where(known, score, 0.0), tf.float32)
