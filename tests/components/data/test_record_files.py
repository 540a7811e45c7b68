"""TFRecord files that are written at once are those of TensorFlow's writer."""

import gzip
from pathlib import Path

import pyarrow as pa
import pytest
import tensorflow as tf
from hypothesis import given
from hypothesis import strategies as st

from components.data import record_files


@given(st.lists(st.binary(max_size=300)))
def test_records_are_read_as_they_were(tmp_path_factory: pytest.TempPathFactory, records: list[bytes]) -> None:
    folder = tmp_path_factory.getbasetemp()
    record_files.write(folder / "ours.gz", pa.array(records, pa.large_binary()))
    found = tf.data.TFRecordDataset(str(folder / "ours.gz"), compression_type="GZIP").as_numpy_iterator()
    assert list(found) == records
    with tf.io.TFRecordWriter(str(folder / "theirs")) as out:
        for record in records:
            out.write(record)
    assert gzip.decompress((folder / "ours.gz").read_bytes()) == (folder / "theirs").read_bytes()


def test_more_records_than_are_compressed_at_once(tmp_path: Path) -> None:
    records = [str(number).encode() for number in range(10_000)]
    record_files.write(tmp_path / "a.gz", pa.array(records, pa.large_binary()))
    found = tf.data.TFRecordDataset(str(tmp_path / "a.gz"), compression_type="GZIP").as_numpy_iterator()
    assert list(found) == records
