"""The last values of a series in the Transform graph: canonical text (as of a Vector) to numbers on the window's own scale."""

import tensorflow as tf
import tensorflow_transform as tft

from schemas.encoding import LEVEL
from schemas.features import History

_FLOOR = 0.01  # of the windows' mean deviation: a window that hardly moves would make any move to come an enormous one


def encode_history(name: str, value: tf.Tensor, feature: History) -> dict[str, tf.Tensor]:
    """string[N] to float32[N, length], and under LEVEL float32[N, 2]: the last value, and what is divided by."""
    parts = tf.strings.split(value, " ")
    matrix = tf.reshape(tf.strings.to_number(parts.flat_values, tf.float32), [tf.size(value), feature.length])
    last = matrix[:, -1:]
    moved = matrix - last
    deviation = tf.math.reduce_std(moved, axis=1, keepdims=True)
    floor = _FLOOR * tf.cast(tft.mean(tf.cast(deviation, tf.float64)), tf.float32)
    scale = tf.sqrt(deviation**2 + floor**2)
    scale = tf.where(scale > 0, scale, 1.0)  # no series ever moved
    return {name: moved / scale, LEVEL: tf.concat([last, scale], axis=1)}
