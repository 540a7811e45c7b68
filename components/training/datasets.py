"""Encoded examples, from TFRecords of tf.Examples to batches for Keras."""

from dataclasses import dataclass

import numpy as np
import tensorflow as tf

from components.features.label_scale import LabelScale
from components.features.raw import dense_spec
from components.features.transform_graph import TransformGraph
from schemas.description import Description

EVAL_BATCH = 512  # rows of the eval split that are judged at once
_READ_BATCH = 512
_SHUFFLE_BUFFER = 100_000
_PREFETCHED = 8  # batches


@dataclass(frozen=True)
class Held:
    """A split in memory, encoded once.

    Attributes:
      features: T[rows, ...] by name, as preprocessing_fn says.
      label: int64[rows], or float32[rows] on the model's scale.
    """

    features: dict[str, tf.Tensor]
    label: tf.Tensor

    @property
    def rows(self) -> int:
        """How many examples there are."""
        return len(self.label)

    def in_order(self, batch_size: int) -> tf.data.Dataset:
        """``(features, label)`` batches in the order of the files."""
        return self._examples().batch(batch_size).prefetch(_PREFETCHED)

    def shuffled(self, batch_size: int, seed: int, *, endless: bool) -> tf.data.Dataset:
        """``(features, label)`` batches, shuffled anew in each pass, the same way for the same seed.

        Args:
          endless: whether passes follow one another without end, for training in rounds of so many steps.
        """
        shuffled = self._examples().shuffle(min(self.rows, _SHUFFLE_BUFFER), seed=seed)
        return (shuffled.repeat() if endless else shuffled).batch(batch_size).prefetch(_PREFETCHED)

    def _examples(self) -> tf.data.Dataset:
        # Keras makes four iterators in each epoch, and would have the graph of each optimised anew: 10 s in a run of House
        # Prices, more than its training takes. For the same reason rows are sliced, and not gathered by a function.
        options = tf.data.Options()
        options.experimental_optimization.apply_default_optimizations = False
        options.autotune.enabled = False
        return tf.data.Dataset.from_tensor_slices((self.features, self.label)).with_options(options)


def held(patterns: list[str], description: Description, transform: TransformGraph, scale: LabelScale) -> Held:
    """All examples of the files, encoded by the Transform graph: of one pattern after the other, each one's files by name."""
    label = description.task.label
    spec = dense_spec(description, with_label=True)

    @tf.autograph.experimental.do_not_convert  # nothing branches on a tensor; converting takes longer than tracing
    def encode(serialized: tf.Tensor) -> dict[str, tf.Tensor]:
        outputs = transform(tf.io.parse_example(serialized, spec))
        if outputs[label].dtype != tf.int64:
            outputs[label] = scale.learned(outputs[label])
        return outputs

    # Not by list_files, which sorts the files of all patterns together.
    files = [file for pattern in patterns for file in sorted(tf.io.gfile.glob(pattern))]
    records = tf.data.TFRecordDataset(files, compression_type="GZIP")
    batches = list(records.batch(_READ_BATCH).map(encode, num_parallel_calls=tf.data.AUTOTUNE).as_numpy_iterator())
    with tf.device("CPU"):  # a GPU's memory is for the model
        whole = {name: tf.constant(np.concatenate([batch.pop(name) for batch in batches])) for name in list(batches[0])}
    return Held(whole, whole.pop(label))
