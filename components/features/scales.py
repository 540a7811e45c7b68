"""What a model learns in place of its label, by the kind of the task, and the way back."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

import tensorflow as tf

from components.data.summary import Summary
from components.features.label_scale import LabelScale
from components.features.window_scale import WindowScale
from schemas.tasks import CLASS, CLASSES, Forecast, Several, Task

_NOTHING: Mapping[str, tf.Tensor] = MappingProxyType({})


@dataclass(frozen=True)
class ClassScale:
    """Class indices, which are learned as they are."""

    def learned(self, label: tf.Tensor, encoded: Mapping[str, tf.Tensor] = _NOTHING) -> tf.Tensor:
        """int64[N] as it is."""
        return label

    def label(self, learned: tf.Tensor) -> tf.Tensor:
        """The inverse of ``learned``; int64[N] of any type's."""
        return tf.cast(learned, tf.int64)

    def at(self, levels: tf.Tensor) -> "ClassScale":
        """The same for all examples."""
        return self


@dataclass(frozen=True)
class MaskScale:
    """The bits of several classes (schemas.tasks.MultiLabel), each of which is learned as a number.

    Attributes:
      classes: how many.
    """

    classes: int

    def learned(self, label: tf.Tensor, encoded: Mapping[str, tf.Tensor] = _NOTHING) -> tf.Tensor:
        """int64[N] to float32[N, classes] of 0 and 1."""
        shifts = tf.range(self.classes, dtype=tf.int64)
        return tf.cast(tf.bitwise.bitwise_and(tf.bitwise.right_shift(label[:, None], shifts), 1), tf.float32)

    def label(self, learned: tf.Tensor) -> tf.Tensor:
        """The inverse of ``learned``."""
        bits = tf.cast(learned, tf.int64)
        return tf.reduce_sum(tf.bitwise.left_shift(bits, tf.range(self.classes, dtype=tf.int64)), axis=1)

    def at(self, levels: tf.Tensor) -> "MaskScale":
        """The same for all examples."""
        return self


@dataclass(frozen=True)
class SeveralScale:
    """The labels of several tasks, side by side in one matrix.

    Attributes:
      parts: the scale of each task.
    """

    parts: tuple["LabelScale | ClassScale | MaskScale", ...]

    @property
    def widths(self) -> list[int]:
        """How many columns each label has."""
        return [part.classes if isinstance(part, MaskScale) else 1 for part in self.parts]

    def learned(self, label: Sequence[tf.Tensor], encoded: Mapping[str, tf.Tensor] = _NOTHING) -> tf.Tensor:
        """A label [N] of each task to float32[N, columns]."""
        found = (part.learned(one, encoded) for part, one in zip(self.parts, label, strict=True))
        rows = tf.shape(label[0])[0]
        columns = zip(found, self.widths, strict=True)
        return tf.concat([tf.reshape(tf.cast(one, tf.float32), [rows, width]) for one, width in columns], axis=1)

    def label(self, learned: tf.Tensor) -> tuple[tf.Tensor, ...]:
        """The inverse of ``learned``."""
        columns = zip(self.parts, tf.split(learned, self.widths, axis=1), strict=True)
        return tuple(part.label(one if isinstance(part, MaskScale) else one[:, 0]) for part, one in columns)

    def at(self, levels: tf.Tensor) -> "SeveralScale":
        """The same for all examples."""
        return self


Scale = LabelScale | ClassScale | MaskScale | SeveralScale | WindowScale


def scale_of(task: Task, summary: Summary) -> Scale:
    """That of a task, from ExampleGen's summary."""
    if isinstance(task, Several):
        return SeveralScale(tuple(_of_one(part, summary) for part in task.parts))
    return WindowScale(task.horizon) if isinstance(task, Forecast) else _of_one(task, summary)


def _of_one(task: Task, summary: Summary) -> "LabelScale | ClassScale | MaskScale":
    if task.kind == CLASSES:
        return MaskScale(len(task.classes_or_none or ()))
    return ClassScale() if task.kind == CLASS else LabelScale.of(task, summary)
