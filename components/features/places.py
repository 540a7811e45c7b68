"""Places in the Transform graph: degrees to a point on a sphere."""

import math

import tensorflow as tf

from components.features.moments import standardised
from schemas.features import Geo


def encode_place(name: str, value: tf.Tensor, feature: Geo) -> dict[str, tf.Tensor]:
    """Latitude and longitude in degrees, float32[N, 2], to float32[N, 6].

    These are x, y and z on a sphere of radius 1 (x towards latitude 0 and longitude 0, z towards the north pole), the z-scores
    of latitude and longitude, and an indicator; all 0 but the indicator where either is missing (NaN).
    """
    degrees = tf.cast(value, tf.float64)
    known = tf.logical_not(tf.reduce_any(tf.math.is_nan(degrees), axis=1))
    degrees = tf.where(known[:, tf.newaxis], degrees, 0.0)
    latitude, longitude = tf.unstack(degrees * (math.pi / 180), axis=1)
    point = [
        tf.cos(latitude) * tf.cos(longitude),
        tf.cos(latitude) * tf.sin(longitude),
        tf.sin(latitude),
    ]
    parts = [tf.cast(part, tf.float32) for part in point]
    parts += [standardised(degrees[:, number], known) for number in (0, 1)]
    kept = [tf.where(known, part, 0.0) for part in parts]
    return {name: tf.stack([*kept, tf.cast(tf.logical_not(known), tf.float32)], axis=1)}
