"""Timestamps in the Transform graph: canonical text (schemas.forms.timestamps) to numbers.

Days are counted by whole numbers alone, as in Howard Hinnant's "chrono-Compatible Low-Level Date Algorithms".
"""

import math
from collections.abc import Callable
from typing import NamedTuple

import tensorflow as tf

from components.features.moments import standardised
from schemas.features import Timestamp

_EPOCH = "1970-01-01T00:00:00"  # what stands for a missing one
_DAY = 86_400_000_000  # microseconds


class Moments(NamedTuple):
    """Parsed timestamps, int64[N] each.

    Attributes:
      year, month, day: of the calendar.
      days: since 1970-01-01.
      microseconds: since midnight.
    """

    year: tf.Tensor
    month: tf.Tensor
    day: tf.Tensor
    days: tf.Tensor
    microseconds: tf.Tensor


def encode_timestamp(name: str, value: tf.Tensor, feature: Timestamp) -> dict[str, tf.Tensor]:
    """Canonical texts, string[N], to the parts in their order and an indicator of a missing value, float32[N, width]."""
    known = tf.not_equal(value, "")
    moments = parse(tf.where(known, value, _EPOCH))
    columns = [column for part in feature.parts for column in _PARTS[part](moments, known)]
    parts = tf.where(known[:, tf.newaxis], tf.stack(columns, axis=1), 0.0)
    missing = tf.cast(tf.logical_not(known), tf.float32)
    return {name: tf.concat([parts, missing[:, tf.newaxis]], axis=1)}


def parse(text: tf.Tensor) -> Moments:
    """``2024-12-31T18:30:00`` or ``2024-12-31T18:30:00.250000``, string[N]. Fails on a text that is no such number."""
    padded = tf.strings.join([text, ".000000"])  # gives a second without fraction one of zeros

    def number(start: int, length: int) -> tf.Tensor:
        return tf.strings.to_number(tf.strings.substr(padded, start, length), tf.int64)

    year, month, day = number(0, 4), number(5, 2), number(8, 2)
    seconds = (number(11, 2) * 60 + number(14, 2)) * 60 + number(17, 2)
    return Moments(year, month, day, days_from_civil(year, month, day), seconds * 1_000_000 + number(20, 6))


def days_from_civil(year: tf.Tensor, month: tf.Tensor, day: tf.Tensor) -> tf.Tensor:
    """Days since 1970-01-01 in the Gregorian calendar, int64[N]."""
    year = tf.where(month <= 2, year - 1, year)  # years begin in March, so that a leap day is the last one
    of_year = (153 * tf.math.floormod(month + 9, 12) + 2) // 5 + day - 1
    return 365 * year + year // 4 - year // 100 + year // 400 + of_year - 719_468


def _cyclic(turn: tf.Tensor) -> list[tf.Tensor]:
    """A share of the whole turn, float64[N], to sine and cosine, float32."""
    angle = 2 * math.pi * turn
    return [tf.cast(tf.sin(angle), tf.float32), tf.cast(tf.cos(angle), tf.float32)]


def _share(number: tf.Tensor, of: float) -> tf.Tensor:
    return tf.cast(number, tf.float64) / of


def _day_of_year(moments: Moments, _: tf.Tensor) -> list[tf.Tensor]:
    first = days_from_civil(moments.year, tf.ones_like(moments.month), tf.ones_like(moments.day))
    return _cyclic(_share(moments.days - first, 366))


def _elapsed(moments: Moments, known: tf.Tensor) -> list[tf.Tensor]:
    # In float64 until the mean is subtracted; what the smallest is, cancels out.
    days = tf.cast(moments.days, tf.float64) + _share(moments.microseconds, _DAY)
    return [standardised(days, known)]


_PARTS: dict[str, Callable[[Moments, tf.Tensor], list[tf.Tensor]]] = {
    "year": lambda moments, known: [standardised(tf.cast(moments.year, tf.float64), known)],
    "elapsed": _elapsed,
    "month": lambda moments, _: _cyclic(_share(moments.month - 1, 12)),
    "day": lambda moments, _: _cyclic(_share(moments.day - 1, 31)),
    "day_of_year": _day_of_year,
    "weekday": lambda moments, _: _cyclic(_share(tf.math.floormod(moments.days + 3, 7), 7)),  # 1970 began on a Thursday
    "hour": lambda moments, _: _cyclic(_share(moments.microseconds, _DAY)),
}
