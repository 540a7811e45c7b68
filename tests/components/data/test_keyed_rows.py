from pathlib import Path

import pyarrow as pa
import pytest
import tensorflow as tf

from components.data import keyed_rows, keys

FILES, ROWS = 3, 40  # of each


@pytest.fixture
def examples(tmp_path: Path) -> str:
    options = tf.io.TFRecordOptions(compression_type="GZIP")
    for file in range(FILES):
        name = f"examples-0000{file}.gz"
        (tmp_path / "Split-train").mkdir(exist_ok=True)
        rows = range(file * ROWS, (file + 1) * ROWS)
        with tf.io.TFRecordWriter(str(tmp_path / "Split-train" / name), options) as out:
            for row in rows:
                out.write(str(row).encode())
        table = pa.table({"key": [f"k{row}" for row in rows], "source_row": [*rows]})
        keys.write(str(tmp_path), "train", name, table)
    return str(tmp_path)


def rows_of(examples: str) -> list[int]:
    found = []
    for records, names in keyed_rows.sampled(examples, "train", FILES * ROWS):
        assert [f"k{record.decode()}" for record in records] == names["key"].to_pylist()
        found += map(int, records)
    return found


def test_few_rows_are_all_given(examples: str) -> None:
    assert rows_of(examples) == [*range(FILES * ROWS)]


def test_many_are_sampled_from_all_files_the_same_ones_each_time(examples: str, monkeypatch) -> None:
    monkeypatch.setattr(keyed_rows, "MOST", 60)
    found = rows_of(examples)
    assert len(set(found)) == 60 and found == sorted(found) == rows_of(examples)
    assert {row // ROWS for row in found} == {0, 1, 2}
