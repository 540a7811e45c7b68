"""Encoded examples, from TFRecords of tf.Examples to batches for Keras."""

from dataclasses import dataclass

import numpy as np
import tensorflow as tf

from components.label_scale import LabelScale
from components.raw import dense_spec
from components.transform_graph import TransformGraph
from schemas.description import Description

_READ_BATCH = 512
_SHUFFLE_BUFFER = 10_000_000  # row numbers, not rows


@dataclass(frozen=True)
class Held:
    """A split in memory, encoded once: batches are gathered by row number, whatever many features there are.

    tf.data's own cache keeps single examples, and putting 79 features of each into a batch takes longer than training on it.

    Attributes:
      features: T[rows, ...] by name, as preprocessing_fn says.
      label: int64[rows], or float32[rows] on the model's scale.
    """

    features: dict[str, tf.Tensor]
    label: tf.Tensor

    @property
    def rows(self) -> int:
        return len(self.label)

    def in_order(self, batch_size: int) -> tf.data.Dataset:
        """``(features, label)`` batches in the order of the files."""
        return self._gathered(tf.data.Dataset.range(self.rows), batch_size)

    def shuffled(self, batch_size: int, seed: int, *, endless: bool) -> tf.data.Dataset:
        """``(features, label)`` batches, shuffled anew in each pass, the same way for the same seed.

        Args:
          endless: whether passes follow one another without end, for training in rounds of so many steps.
        """
        numbers = tf.data.Dataset.range(self.rows).shuffle(min(self.rows, _SHUFFLE_BUFFER), seed=seed)
        return self._gathered(numbers.repeat() if endless else numbers, batch_size)

    def _gathered(self, numbers: tf.data.Dataset, batch_size: int) -> tf.data.Dataset:
        @tf.autograph.experimental.do_not_convert
        def rows(found: tf.Tensor) -> tuple[dict[str, tf.Tensor], tf.Tensor]:
            return {name: tf.gather(held, found) for name, held in self.features.items()}, tf.gather(self.label, found)

        return numbers.batch(batch_size).map(rows, num_parallel_calls=tf.data.AUTOTUNE).prefetch(tf.data.AUTOTUNE)


def held(patterns: list[str], description: Description, transform: TransformGraph, scale: LabelScale) -> Held:
    """All examples of the files, encoded by the Transform graph."""
    label = description.task.label
    spec = dense_spec(description, with_label=True)

    @tf.autograph.experimental.do_not_convert  # nothing branches on a tensor; converting takes longer than tracing
    def encode(serialized: tf.Tensor) -> dict[str, tf.Tensor]:
        outputs = transform(tf.io.parse_example(serialized, spec))
        if outputs[label].dtype != tf.int64:
            outputs[label] = scale.learned(outputs[label])
        return outputs

    files = tf.data.Dataset.list_files(patterns, shuffle=False)
    records = tf.data.TFRecordDataset(files, compression_type="GZIP")
    batches = list(records.batch(_READ_BATCH).map(encode, num_parallel_calls=tf.data.AUTOTUNE).as_numpy_iterator())
    with tf.device("CPU"):  # a GPU's memory is for the model
        whole = {name: tf.constant(np.concatenate([batch.pop(name) for batch in batches])) for name in list(batches[0])}
    return Held(whole, whole.pop(label))
