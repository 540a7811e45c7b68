"""A split that does not fit into memory: read from its TFRecords in every pass, shuffled in a buffer, encoded on the way."""

import os
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
import tensorflow as tf

_ENCODED_AT_ONCE = 512  # rows
_SHUFFLE_BUFFER = 100_000  # rows
_FILES_AT_ONCE = 16
_ROWS_OF_A_FILE = 16  # that are read from one file before the next one's turn
_PREFETCHED = 8  # batches
_OF_A_RECORD = 100  # bytes that TensorFlow needs for a string beside its characters, about

Encode = Callable[[tf.Tensor], dict[str, tf.Tensor]]


@dataclass(frozen=True)
class Streamed:
    """A split in its files. It gives the batches that components.training.datasets.Held gives, in another shuffled order.

    Attributes:
      files: TFRecords (gzip) of tf.Examples, in their order.
      rows: how many examples there are.
      encode: serialized tf.Examples string[N] to features and label, tensors [N, ...] by name.
      label_name: which of them is the label.
      buffer_bytes: how much memory the shuffling may take.
    """

    files: tuple[str, ...]
    rows: int
    encode: Encode = field(repr=False)
    label_name: str
    buffer_bytes: float

    @property
    def label(self) -> tf.Tensor:
        """As of components.training.datasets.Held; read anew at each access."""
        parts = [label for _, label in self.in_order(_ENCODED_AT_ONCE).as_numpy_iterator()]
        return tf.constant(np.concatenate(parts))

    def first(self, count: int) -> dict[str, tf.Tensor]:
        """The features of the first examples."""
        features, _ = next(iter(self.in_order(count)))
        return features

    def in_order(self, batch_size: int) -> tf.data.Dataset:
        """``(features, label)`` batches in the order of the files."""
        records = tf.data.TFRecordDataset(list(self.files), compression_type="GZIP")
        return self._batches(records, batch_size)

    def shuffled(self, batch_size: int, seed: int, *, endless: bool) -> tf.data.Dataset:
        """``(features, label)`` batches, the same ones for the same seed; each pass has every example once.

        The files come in another order in each pass and are read side by side; the buffer mixes what lies together there.
        """
        files = tf.data.Dataset.from_tensor_slices(list(self.files)).shuffle(len(self.files), seed=seed)
        records = files.interleave(
            lambda file: tf.data.TFRecordDataset(file, compression_type="GZIP"),
            cycle_length=min(_FILES_AT_ONCE, len(self.files)),
            block_length=_ROWS_OF_A_FILE,
        )
        shuffled = records.shuffle(self.buffer_rows(), seed=seed)
        return self._batches(shuffled.repeat() if endless else shuffled, batch_size)

    def buffer_rows(self) -> int:
        """How many examples the shuffle buffer holds: as many as its memory has room for."""
        few = tf.data.TFRecordDataset(list(self.files), compression_type="GZIP").take(_ENCODED_AT_ONCE)
        sizes = [len(record) + _OF_A_RECORD for record in few.as_numpy_iterator()]
        fitting = int(self.buffer_bytes / np.mean(sizes)) if sizes else 1
        return max(1, min(self.rows, fitting, _SHUFFLE_BUFFER))

    def _batches(self, records: tf.data.Dataset, batch_size: int) -> tf.data.Dataset:
        @tf.autograph.experimental.do_not_convert  # nothing branches on a tensor
        def encode(serialized: tf.Tensor) -> tuple[dict[str, tf.Tensor], tf.Tensor]:
            outputs = dict(self.encode(serialized))
            return outputs, outputs.pop(self.label_name)

        options = tf.data.Options()
        # Keras makes several iterators in each epoch, and would have the graph of each optimised anew.
        options.experimental_optimization.apply_default_optimizations = False
        options.autotune.enabled = False
        # Encoded many at a time: a call of the Transform graph takes a millisecond, however few rows there are.
        encoded = records.batch(_ENCODED_AT_ONCE).map(encode, num_parallel_calls=os.cpu_count() or 1)
        return encoded.rebatch(batch_size).prefetch(_PREFETCHED).with_options(options)
