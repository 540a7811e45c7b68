"""Examples of an artifact in memory: tf.Examples with their keys, and their columns."""

import os
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import tensorflow as tf
from tensorflow_metadata.proto.v0 import schema_pb2
from tfx_bsl.coders import example_coder

from components.data import keys
from schemas.columns import from_list

_FILE = "examples-00000.gz"


@dataclass(frozen=True)
class Examples:
    """N examples in the order of their files.

    Attributes:
      records: serialized tf.Examples.
      keys: ``key`` string, ``source_row`` int64 and, where rows are divided by time, ``time`` and ``until``
        (components.data.keys).
    """

    records: list[bytes]
    keys: pa.Table

    def __len__(self) -> int:
        return len(self.records)

    def take(self, rows: np.ndarray) -> "Examples":
        """Those of the row numbers int64[M], in their order."""
        return Examples([self.records[row] for row in rows], self.keys.take(pa.array(rows)))

    def batch(self, schema: schema_pb2.Schema) -> pa.RecordBatch:
        """The columns of the schema: list columns with at most one value a row."""
        decoder = example_coder.ExamplesToRecordBatchDecoder(schema.SerializeToString())
        return decoder.DecodeBatch(self.records)


def artifact_split(uri: str, split: str) -> str:
    """The folder of a split in an Examples artifact, as TFX names it."""
    return os.path.join(uri, f"Split-{split}")


def files(uri: str, splits: Sequence[str]) -> list[str]:
    """The files of some splits of an Examples artifact, in the order in which ``read`` takes them."""
    folders = [artifact_split(uri, split) for split in splits]
    return [os.path.join(folder, name) for folder in folders for name in sorted(tf.io.gfile.listdir(folder))]


def read(uri: str, splits: Sequence[str]) -> Examples:
    """The examples of some splits of an Examples artifact, one after the other."""
    records: list[bytes] = []
    tables = []
    for split in splits:
        for file in files(uri, [split]):
            records += tf.data.TFRecordDataset(file, compression_type="GZIP").as_numpy_iterator()
            tables.append(keys.read(uri, split, os.path.basename(file)))
    return Examples(records, pa.concat_tables(tables))


def write(uri: str, split: str, examples: Examples) -> None:
    """Writes a split of an Examples artifact as one file."""
    folder = artifact_split(uri, split)
    tf.io.gfile.makedirs(folder)
    options = tf.io.TFRecordOptions(compression_type="GZIP", compression_level=1)
    with tf.io.TFRecordWriter(os.path.join(folder, _FILE), options) as out:
        for record in examples.records:
            out.write(record)
    keys.write(uri, split, _FILE, examples.keys)


def column(batch: pa.RecordBatch, name: str) -> pa.Array:
    """One column of ``Examples.batch``: float32, int64 or large_binary[N], null where it is missing."""
    return from_list(batch.column(name))
