"""Files of predictions: what is written is what is read back, and a file is whole or as it was."""

import csv
import fcntl
import io
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyarrow import parquet

from prediction.files.writers import csv_can_carry, writer
from schemas.errors import InputError

texts = st.one_of(st.none(), st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=8))
floats = st.floats(width=32, allow_nan=False, allow_infinity=False)


@given(st.lists(st.tuples(texts, st.integers(-(2**63), 2**63 - 1), floats), min_size=1, max_size=10))
def test_csv_is_read_back_as_it_was_written(
    tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[str | None, int, float]]
) -> None:
    schema = pa.schema([('a "name", quoted', pa.string()), ("n", pa.int64()), ("x", pa.float32())])
    out = tmp_path_factory.getbasetemp() / "out.csv"
    with writer(str(out), schema) as opened:
        for row in rows:
            opened.write(pa.RecordBatch.from_pylist([dict(zip(schema.names, row, strict=True))], schema))
    header, *found = csv.reader(io.StringIO(out.read_bytes().decode(), newline=""))
    assert header == schema.names
    assert [(text, int(n), pa.scalar(float(x), pa.float32()).as_py()) for text, n, x in found] == [
        (text or "", n, x) for text, n, x in rows
    ]


def test_only_cells_that_need_quotes_have_them(tmp_path: Path) -> None:
    table = pa.RecordBatch.from_pydict({"a b": ["x", None, "1,5", 'say "so"'], "n": [1, 2, 3, 4]})
    with writer(str(tmp_path / "out.csv"), table.schema) as opened:
        opened.write(table)
    assert (tmp_path / "out.csv").read_text() == 'a b,n\nx,1\n,2\n"1,5",3\n"say ""so""",4\n'


def test_parquet_keeps_types_and_has_large_row_groups(tmp_path: Path) -> None:
    schema = pa.schema([("id", pa.int32()), ("at", pa.timestamp("ms"))])
    with writer(str(tmp_path / "out.parquet"), schema) as opened:
        for start in range(0, 100 * 1024, 1024):
            opened.write(
                pa.RecordBatch.from_arrays([pa.array(range(start, start + 1024)), pa.nulls(1024)], schema=schema)
            )
    file = parquet.ParquetFile(tmp_path / "out.parquet")
    assert file.schema_arrow == schema and file.num_row_groups == 2
    assert file.read()["id"].to_pylist() == list(range(100 * 1024))


@pytest.mark.parametrize("name", ["out.csv", "out.parquet"])
@pytest.mark.parametrize("error", [KeyboardInterrupt, InputError])
def test_an_error_leaves_what_was_there(tmp_path: Path, name: str, error: type[BaseException]) -> None:
    batch = pa.RecordBatch.from_pydict({"n": [1]})
    for before in (None, b"of yesterday"):
        if before is not None:
            (tmp_path / name).write_bytes(before)
        with pytest.raises(error), writer(str(tmp_path / name), batch.schema) as opened:
            opened.write(batch)
            raise error
        assert {file.name: file.read_bytes() for file in tmp_path.iterdir()} == ({name: before} if before else {})


def test_what_a_killed_run_left_is_written_over(tmp_path: Path) -> None:
    (tmp_path / ".out.csv.part").write_bytes(b"half a file, of a killed run")
    batch = pa.RecordBatch.from_pydict({"n": [1]})
    with writer(str(tmp_path / "out.csv"), batch.schema) as opened:
        opened.write(batch)
        with (
            pytest.raises(InputError, match="another process is writing"),
            writer(str(tmp_path / "out.csv"), batch.schema),
        ):
            pass
    assert {file.name: file.read_text() for file in tmp_path.iterdir()} == {"out.csv": "n\n1\n"}


def test_a_file_that_another_process_finished_just_now_is_not_emptied(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out, temporary = tmp_path / "out.csv", tmp_path / ".out.csv.part"

    def flock(file: object, how: int) -> None:
        if not out.exists():  # the other process is between our opening of the file and our lock
            temporary.write_text("of the other process\n")
            temporary.rename(out)
        real(file, how)

    real = fcntl.flock
    monkeypatch.setattr(fcntl, "flock", flock)
    batch = pa.RecordBatch.from_pydict({"n": [1]})
    with writer(str(out), batch.schema) as opened:
        opened.write(batch)
        assert out.read_text() == "of the other process\n"
    assert {file.name: file.read_text() for file in tmp_path.iterdir()} == {"out.csv": "n\n1\n"}


def test_a_link_is_followed(tmp_path: Path) -> None:
    (tmp_path / "link.csv").symlink_to("out.csv")
    batch = pa.RecordBatch.from_pydict({"n": [1]})
    with writer(str(tmp_path / "link.csv"), batch.schema) as opened:
        opened.write(batch)
    assert (tmp_path / "link.csv").is_symlink() and (tmp_path / "out.csv").read_text() == "n\n1\n"


def test_what_csv_can_carry() -> None:
    carried = [pa.string(), pa.int8(), pa.float64(), pa.bool_(), pa.timestamp("us"), pa.decimal128(5, 2), pa.null()]
    assert all(csv_can_carry(kind) for kind in (*carried, pa.dictionary(pa.int8(), pa.string())))
    assert not any(map(csv_can_carry, (pa.binary(), pa.list_(pa.int8()), pa.struct([("a", pa.int8())]))))
