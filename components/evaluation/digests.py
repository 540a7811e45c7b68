"""Digests of the examples of a split, by which equal ones are found (analysis.duplicates)."""

import math
import os
from collections.abc import Iterator

import tensorflow as tf

from analysis.duplicates import Block
from components.data import keys
from components.data.examples import files
from components.features.raw import dense_spec, parsed
from schemas.description import Description

_AT_ONCE = 4096


def of_split(examples: str, split: str, description: Description) -> Iterator[Block]:
    """The examples of a split in the order of the files, streamed: TensorFlow parses and hashes thousands at a time.

    Args:
      examples: the folder of the Examples artifact.
      description: whose raw columns count; others that the examples have do not.
    """
    spec = dense_spec(description, with_label=True)

    @tf.function(input_signature=[tf.TensorSpec([None], tf.string)], autograph=False)
    def digests(serialized: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        columns = parsed(serialized, spec)
        label = columns.pop(description.task.label)
        return digest(columns), digest({"label": label})

    for file in files(examples, [split]):
        names, first = keys.read(examples, split, os.path.basename(file))["key"], 0
        for records in tf.data.TFRecordDataset(file, compression_type="GZIP").batch(_AT_ONCE):
            found, labels = (tensor.numpy() for tensor in digests(records))
            yield Block(found, labels, names.slice(first, len(found)))
            first += len(found)


def digest(columns: dict[str, tf.Tensor]) -> tf.Tensor:
    """uint64[N]: 64 bits of the values of dense columns, T[N] or T[N, width]; FarmHash, the same on every machine."""
    parts = []
    for dtype in dict.fromkeys(column.dtype for column in columns.values()):
        alike = [column for column in columns.values() if column.dtype == dtype]
        # One operation for all plain columns: there may be thousands.
        plain = [column for column in alike if column.shape.rank == 1]
        whole = [tf.stack(plain, axis=1)] if plain else []
        values = tf.concat(whole + [column for column in alike if column.shape.rank == 2], axis=1)
        if dtype.is_floating:  # one zero, and one NaN
            values = tf.where(tf.math.is_nan(values), tf.constant(math.nan, dtype), values + 0.0)
        parts.append(_fingerprint(values))
    return tf.bitcast(_fingerprint(tf.concat(parts, axis=1)), tf.uint64)


def _fingerprint(values: tf.Tensor) -> tf.Tensor:
    """uint8[N, 8] of T[N, width]."""
    return tf.raw_ops.Fingerprint(data=values, method="farmhash64")
