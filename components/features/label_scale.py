"""What a regression learns: the z-score of its label, or of log(1 + label)."""

from collections.abc import Mapping
from dataclasses import dataclass
from math import sqrt
from types import MappingProxyType

import tensorflow as tf

from components.data.summary import Summary, moments
from schemas.tasks import Task

_FLOAT32_STEP = 2.0**-23  # between 1 and the next number
_FLOAT32_TINY = 2.0**-126  # what is smaller may be taken for 0, and 0 divided by it is NaN


@dataclass(frozen=True)
class LabelScale:
    """The way from a label in its own unit to what the model learns, and back.

    Attributes:
      log: whether log(1 + x) is taken first.
      mean, deviation: of the train split's labels, after the logarithm.
    """

    log: bool = False
    mean: float = 0.0
    deviation: float = 1.0

    @classmethod
    def of(cls, task: Task, summary: Summary) -> "LabelScale":
        """That of a regression, from ExampleGen's summary."""
        label = summary["splits"]["train"]["labels"][task.label]
        found = moments(label, log=task.log_label)
        mean, deviation = found["mean"], sqrt(found["m2"] / found["n"])
        # A label that never changes has none, but for the rounding of its mean.
        least = max(_FLOAT32_STEP * abs(mean), _FLOAT32_TINY)
        return cls(task.log_label, mean, deviation if deviation > least else 1.0)

    def learned(self, label: tf.Tensor, encoded: Mapping[str, tf.Tensor] = MappingProxyType({})) -> tf.Tensor:
        """float32[...] in the label's unit to the model's; ``encoded`` is there for the sake of ``WindowScale``."""
        return ((tf.math.log1p(label) if self.log else label) - self.mean) / self.deviation

    def label(self, learned: tf.Tensor) -> tf.Tensor:
        """The inverse of ``learned``."""
        return self.value(learned)

    def at(self, levels: tf.Tensor) -> "LabelScale":
        """The same for all examples."""
        return self

    def value(self, score: tf.Tensor) -> tf.Tensor:
        """float32[...] as the model answers to the label's unit."""
        label = score * self.deviation + self.mean
        return tf.math.expm1(label) if self.log else label
