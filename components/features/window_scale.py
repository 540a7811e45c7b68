"""What a forecast learns: values to come on the scale of their window."""

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass

import tensorflow as tf

from schemas.encoding import LEVEL


@dataclass(frozen=True)
class WindowScale:
    """The way from values to what the model learns, and back; ``components.features.label_scale`` has that of one number.

    Attributes:
      horizon: how many values are to come.
      levels: float32[N, 2], the last value of each window and what is divided by; None where labels bring theirs.
    """

    horizon: int
    levels: tf.Tensor | None = None

    def learned(self, label: tf.Tensor, encoded: Mapping[str, tf.Tensor]) -> tf.Tensor:
        """float32[N, label_width] to [N, label_width + 1]: values on their window's scale, the rest as it is, the divisor."""
        levels = encoded[LEVEL]
        scaled = (label[:, : self.horizon] - levels[:, :1]) / levels[:, 1:]
        return tf.concat([scaled, label[:, self.horizon :], levels[:, 1:]], axis=1)

    def label(self, learned: tf.Tensor) -> tf.Tensor:
        """The inverse of ``learned``."""
        values = self.at(learned).value(learned[:, : self.horizon])
        return tf.concat([values, learned[:, self.horizon : -1]], axis=1)

    def at(self, levels: tf.Tensor) -> "WindowScale":
        """That of some windows; ``levels`` float32[N, 2], or labels as ``learned`` gives them, which end with these."""
        return dataclasses.replace(self, levels=levels[:, -2:])

    def value(self, scores: tf.Tensor) -> tf.Tensor:
        """float32[N, horizon] as the model answers to the label's unit."""
        if self.levels is None:
            raise ValueError("values are on the scale of windows that are not known: at(levels) gives theirs")
        return scores * self.levels[:, 1:] + self.levels[:, :1]
