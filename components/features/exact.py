"""Numbers that float32 cannot tell apart, in the Transform graph: canonical decimals (schemas.forms.exact) to four floats."""

import tensorflow as tf
import tensorflow_transform as tft

from components.features.moments import mean_and_deviation
from schemas.features import Number

_BITS = 22  # of a digit: float32 has 24, and a z-score is up to twice as far from 0 as its range is wide
_DIGIT = 1 << _BITS
_HALF = 1 << 32
_NEGATED = -(2**63 - 1)  # the lowest int64 that has a negative


def encode_exact(name: str, value: tf.Tensor, feature: Number) -> dict[str, tf.Tensor]:
    """string[N] to float32[N, 4], or [N, 5] with an indicator of a missing value; different numbers become different rows.

    The first is the z-score of the distance from the training split's minimum. Where the range is so wide that float32 cannot
    tell neighbours apart by it, the second and the third are the distance's middle and lowest 22 bits, as a share of 2**22;
    otherwise they are 0. The last one is the fraction.
    """
    known = tf.not_equal(value, "")
    whole, fraction = _parse(tf.where(known, value, "0"))
    # TFT finds a minimum by negation, and the lowest int64 has no negative.
    present = tf.maximum(tf.boolean_mask(whole, known), tf.constant(_NEGATED, tf.int64))
    low, high = tft.min(present), tft.max(present)
    distance = whole - low  # modulo 2**64, of which the digits are right in any case
    parts = [
        _score(whole, low, fraction, known),
        _digit(tf.bitwise.right_shift(distance, tf.constant(_BITS, tf.int64)), high, low, 2 * _BITS),
        _digit(distance, high, low, _BITS),
        tf.cast(fraction, tf.float32),
    ]
    columns = [tf.where(known, part, 0.0) for part in parts]
    if feature.indicator:
        columns.append(tf.cast(tf.logical_not(known), tf.float32))
    return {name: tf.stack(columns, axis=1)}


def _parse(text: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
    """``-12.5`` to the part before the point, int64[N], and the rest with its sign, float64[N]. Fails on what is no number."""
    whole = tf.strings.to_number(tf.strings.regex_replace(text, r"\..*", ""), tf.int64)
    rest = tf.strings.join(["0", tf.strings.regex_replace(text, r"^[^.]*", "")])
    fraction = tf.strings.to_number(rest, tf.float64)
    return whole, tf.where(tf.strings.regex_full_match(text, "-.*"), -fraction, fraction)


def _score(whole: tf.Tensor, low: tf.Tensor, fraction: tf.Tensor, known: tf.Tensor) -> tf.Tensor:
    """The z-score of the distance from the minimum, float32[N]."""
    distance = _difference(whole, low) + fraction
    # Of the numbers themselves: TFT would need another pass over the data for those of the distances.
    mean, deviation = mean_and_deviation(tf.cast(whole, tf.float64) + fraction, known)
    score = tf.math.divide_no_nan(distance - (mean - tf.cast(low, tf.float64)), deviation)
    return tf.cast(score, tf.float32)


def _difference(left: tf.Tensor, right: tf.Tensor) -> tf.Tensor:
    """left - right as float64: exact up to 2**53, and without an overflow beyond."""
    upper = tf.cast(left // _HALF - right // _HALF, tf.float64)
    lower = tf.cast(tf.math.floormod(left, _HALF) - tf.math.floormod(right, _HALF), tf.float64)
    return upper * _HALF + lower


def _digit(number: tf.Tensor, high: tf.Tensor, low: tf.Tensor, bits: int) -> tf.Tensor:
    """The lowest 22 bits as a share of 2**22, float32[N]; 0 where the range has no more than so many bits."""
    digit = tf.cast(tf.math.floormod(number, _DIGIT), tf.float32) / _DIGIT
    return tf.where(_difference(high, low) >= 2.0**bits, digit, 0.0)
