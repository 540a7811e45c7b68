"""Encoded examples, from TFRecords of tf.Examples to batches for Keras: held in memory, or streamed where they do not fit."""

from dataclasses import dataclass

import numpy as np
import tensorflow as tf

from components.features.raw import dense_spec, parsed
from components.features.scales import Scale
from components.features.transform_graph import TransformGraph
from components.training.streaming import Encode, Streamed
from schemas import events
from schemas.description import Description
from schemas.encoding import LEVEL
from schemas.tasks import SEVERAL

EVAL_BATCH = 512  # rows of the eval split that are judged at once
_READ_BATCH = 512
_SHUFFLE_BUFFER = 100_000
_PREFETCHED = 8  # batches
_GIGABYTE = 1e9
_LEAST_BUFFER = 0.25  # GB


@dataclass(frozen=True)
class Held:
    """A split in memory, encoded once.

    Attributes:
      features: T[rows, ...] by name, as preprocessing_fn says.
      label: what is learned of it (components.features.scales): int64[rows], float32[rows] or float32[rows, n].
    """

    features: dict[str, tf.Tensor]
    label: tf.Tensor

    @property
    def rows(self) -> int:
        """How many examples there are."""
        return len(self.label)

    def first(self, count: int) -> dict[str, tf.Tensor]:
        """The features of the first examples."""
        return {name: tensor[:count] for name, tensor in self.features.items()}

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


Examples = Held | Streamed


def encoder(description: Description, transform: TransformGraph, scale: Scale) -> Encode:
    """Serialized tf.Examples, string[N], to encoded features and what is learned of the label, [N, ...] by name.

    Of several tasks all labels stand under the name of the first (components.features.scales.SeveralScale).
    """
    task = description.task
    spec = dense_spec(description, with_label=True)

    # Traced once, however many passes read by it; without AutoGraph, as nothing branches on a tensor.
    @tf.function(input_signature=[tf.TensorSpec([None], tf.string)], autograph=False)
    def encode(serialized: tf.Tensor) -> dict[str, tf.Tensor]:
        outputs = transform(parsed(serialized, spec))
        labels = tuple(outputs.pop(part.label) for part in task.parts)
        outputs[task.label] = scale.learned(labels if task.kind == SEVERAL else labels[0], outputs)
        outputs.pop(LEVEL, None)  # the label has it now, and no model is given it
        return outputs

    return encode


def examples(patterns: list[str], encode: Encode, label: str, rows: int, memory: float) -> Examples:
    """All examples of the files: of one pattern after the other, each one's files by name.

    Args:
      encode: see ``encoder``.
      label: which of its tensors is the label.
      rows: how many examples there are.
      memory: GB that they may take encoded; those that would take more are streamed, and a note is published.
    """
    # Not by list_files, which sorts the files of all patterns together.
    files = [file for pattern in patterns for file in sorted(tf.io.gfile.glob(pattern))]
    size = _bytes_of_a_row(files, encode) * rows / _GIGABYTE
    if size <= memory:
        return _held(files, encode, label, rows)
    streamed = Streamed(tuple(files), rows, encode, label, max(memory / 2, _LEAST_BUFFER) * _GIGABYTE)
    events.publish(
        events.Note(
            f"{rows} examples are read from their files in every epoch, shuffled {streamed.buffer_rows()} at a time: "
            f"encoded they take about {size:.2g} GB, more than memory={memory:g}"
        )
    )
    return streamed


def _bytes_of_a_row(files: list[str], encode: Encode) -> float:
    """Of an encoded example, as the first ones are."""
    records = tf.data.TFRecordDataset(files, compression_type="GZIP").batch(_READ_BATCH).take(1)
    for batch in records.map(encode).as_numpy_iterator():
        arrays = list(batch.values())
        return sum(array.nbytes for array in arrays) / len(arrays[0])
    return 0.0


def _held(files: list[str], encode: Encode, label: str, rows: int) -> Held:
    records = tf.data.TFRecordDataset(files, compression_type="GZIP")
    batches = records.batch(_READ_BATCH).map(encode, num_parallel_calls=tf.data.AUTOTUNE)
    whole: dict[str, np.ndarray] = {}
    filled = 0
    # Into arrays of the whole size: a list of all batches beside what is made of them would take twice the memory.
    for batch in batches.as_numpy_iterator():
        count = len(batch[label])
        for name, values in batch.items():
            if name not in whole:
                whole[name] = np.empty((rows, *values.shape[1:]), values.dtype)
            whole[name][filled : filled + count] = values
        filled += count
    with tf.device("CPU"):  # a GPU's memory is for the model
        tensors = {name: tf.constant(whole.pop(name)[:filled]) for name in list(whole)}
    return Held(tensors, tensors.pop(label))
