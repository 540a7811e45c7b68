"""What a regression learns: the z-score of its label, or of log(1 + label)."""

from dataclasses import dataclass
from math import sqrt
from typing import Any

import tensorflow as tf

from schemas.tasks import Task


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
    def of(cls, task: Task, summary: dict[str, Any]) -> "LabelScale":
        """That of a task, from ExampleGen's summary; of a classification the one that changes nothing."""
        if task.classes_or_none is not None:
            return cls()
        label = summary["splits"]["train"]["label"]
        moments = label["log"] if task.log_label else label
        deviation = sqrt(moments["m2"] / moments["n"])
        return cls(task.log_label, moments["mean"], deviation or 1.0)  # a label that never changes has none

    def learned(self, label: tf.Tensor) -> tf.Tensor:
        """float32[...] in the label's unit to the model's."""
        return ((tf.math.log1p(label) if self.log else label) - self.mean) / self.deviation

    def value(self, score: tf.Tensor) -> tf.Tensor:
        """float32[...] as the model answers to the label's unit."""
        label = score * self.deviation + self.mean
        return tf.math.expm1(label) if self.log else label
