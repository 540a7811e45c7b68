"""Batches divided among replicas: each device of each worker gets its part of the very batches that one device would get."""

from typing import NamedTuple

import tensorflow as tf


class Share(NamedTuple):
    """The part of a batch that one replica gets: n rows, some of which may only fill it up.

    Attributes:
      features: T[n, ...] by name.
      label: T[n].
      weight: float32[n], what a row counts in the sum of losses; 0 for one that fills up.
      counted: float32[n], 1, or 0 for a row that fills up.
      rows: float32[], how many rows the whole batch has, over all replicas.
    """

    features: dict[str, tf.Tensor]
    label: tf.Tensor
    weight: tf.Tensor
    counted: tf.Tensor
    rows: tf.Tensor


def shares(
    batches: tf.data.Dataset,
    batch_size: int,
    replicas: int,
    first: int,
    here: int,
    class_weights: dict[int, float] | None = None,
) -> tf.data.Dataset:
    """The shares of the replicas ``first`` to ``first + here - 1``, one after another, of each batch.

    A batch that cannot be divided, and one of fewer rows, is filled up with rows of its own that count nothing. A replica
    without any row would make means of 0 rows, and TensorFlow's collective operations keep the shapes of their first step.

    Args:
      batches: ``(features, label)`` of at most ``batch_size`` rows, the same ones in the same order on every worker.
      replicas: how many share a batch.
      class_weights: what an example of each class counts in the loss; 1 without.
    """
    table = _table(class_weights)
    # Rounded up: all replicas have the same shape, and the last ones are filled up.
    each = -(-batch_size // replicas)
    places = tf.range(first * each, (first + here) * each)

    def divide(features: dict[str, tf.Tensor], label: tf.Tensor) -> Share:
        rows = tf.shape(label)[0]

        def part(tensor: tf.Tensor) -> tf.Tensor:
            # Rows of the batch itself, as zeros would move what batch normalisation computes.
            taken = tf.gather(tensor, places % rows)
            return tf.reshape(taken, [here, each, *tensor.shape[1:]])

        labels = part(label)
        counted = tf.reshape(tf.cast(places < rows, tf.float32), [here, each])
        weight = counted if table is None else counted * tf.gather(table, labels)
        whole = tf.fill([here], tf.cast(rows, tf.float32))
        return Share({name: part(tensor) for name, tensor in features.items()}, labels, weight, counted, whole)

    return batches.map(divide).unbatch()


def _table(class_weights: dict[int, float] | None) -> tf.Tensor | None:
    if class_weights is None:
        return None
    return tf.constant([class_weights.get(index, 1.0) for index in range(max(class_weights) + 1)], tf.float32)
