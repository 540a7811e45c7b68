"""Keys stand beside the examples, row for row."""

from pathlib import Path

import pyarrow as pa

from components.data import keys


def test_a_key_of_named_columns_can_be_read_and_that_of_a_whole_row_is_a_hash() -> None:
    cells = pa.array([b"373\x1fMr. B", b"\x89PNG\xff"], pa.large_binary())
    named = keys.names_of(cells, named=True).to_pylist()
    assert named[0] == "373, Mr. B"
    hashed = keys.names_of(cells, named=False).to_pylist()
    assert hashed != named and all(len(text) == 16 for text in hashed)
    assert hashed == keys.names_of(cells, named=False).to_pylist()


def test_what_was_written_is_read(tmp_path: Path) -> None:
    written = pa.table({"key": ["a", "b"], "source_row": pa.array([3, 9], pa.int64())})
    keys.write(str(tmp_path), "test", "examples-00000.gz", written)
    table = keys.read(str(tmp_path), "test", "examples-00000.gz")
    assert table.to_pydict() == {"key": ["a", "b"], "source_row": [3, 9]}
    assert [file.name for file in keys.path_of(str(tmp_path), "test", "examples-00000.gz").parent.iterdir()] == [
        "examples-00000.parquet"
    ]
