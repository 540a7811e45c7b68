"""TFRecord files of tf.Examples through ExampleGen on the Titanic's rows."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
import tensorflow as tf

from components.data import sources
from components.data.sources import Block, tf_records
from schemas.columns.typed import to_text
from schemas.errors import InputError
from schemas.sources import Csv, TfRecord

GZIP = tf.io.TFRecordOptions(compression_type="GZIP")
FORMATS = pytest.mark.parametrize("options", [None, GZIP], ids=["plain", "gzip"])


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    path = tmp_path / "ships"
    path.mkdir()
    return path


def example(**values: Any) -> bytes:
    """A tf.Example of lists of values, or single ones."""
    features = {}
    for name, value in values.items():
        if value is None:
            features[name] = tf.train.Feature()
            continue
        items = value if isinstance(value, list) else [value]
        items = [item.encode() if isinstance(item, str) else item for item in items]
        if all(isinstance(item, bytes) for item in items):
            features[name] = tf.train.Feature(bytes_list=tf.train.BytesList(value=items))
        elif all(isinstance(item, int) for item in items):
            features[name] = tf.train.Feature(int64_list=tf.train.Int64List(value=items))
        else:
            features[name] = tf.train.Feature(float_list=tf.train.FloatList(value=items))
    return bytes(tf.train.Example(features=tf.train.Features(feature=features)).SerializeToString())


def write(path: Path, records: list[bytes], options: Any = None) -> None:
    with tf.io.TFRecordWriter(str(path), options) as out:
        for record in records:
            out.write(record)


def read(
    path: Path, columns: tuple[str, ...], key: tuple[str, ...] = (), limit: int = 0, **options: Any
) -> list[Block]:
    source = TfRecord(path.name, **options)
    located = sources.prepare(source, "ships", path.parent.parent, (*columns, *key))
    assert sources.fingerprint(source, located.path) == located.fingerprint
    return list(sources.blocks(source, located.path, columns, key, limit))


def texts(found: list[Block], name: str) -> list[str | None]:
    cells = [cell for block in found for cell in to_text(block.cells[name].combine_chunks()).to_pylist()]
    return [None if cell is None else cell.decode() for cell in cells]


@FORMATS
def test_examples_and_splits_are_those_of_the_same_rows_as_csv(
    folder: Path, data: Path, titanic: pa.Table, generate: Callable[..., object], tmp_path: Path, options: Any
) -> None:
    write(folder / "titanic.tfrecord", [example(**row) for row in titanic.to_pylist()], options)
    found = generate(TfRecord("titanic.tfrecord"))
    (tmp_path / "examples").rename(tmp_path / "before")
    (folder / "titanic.csv").symlink_to(data / "titanic" / "titanic.csv")
    assert found == generate(Csv("titanic.csv"))


def test_blocks_follow_each_other(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tf_records, "_ROWS", 7)
    for part in range(3):
        write(folder / f"part-{part}.tfrecord.gz", [example(x=10 * part + i) for i in range(10)], GZIP)
    for limit in (0, 1, 7, 15, 99):
        found = read(folder / "part-*.gz", ("x",), limit=limit)
        assert texts(found, "x") == [str(number) for number in range(min(limit or 30, 30))]
        assert [block.first_row - 1 for block in found] == [block.cells["x"][0].as_py() for block in found]


def test_several_values_are_a_list_and_one_is_a_value(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [
        example(s="a", f=1.5, n=1),
        example(s=["a", "b"], f=[1.0, 2.5], n=[1, 2]),
        example(s=None, f=None),
        example(),
    ]
    for size in (1, 2, 4):
        monkeypatch.setattr(tf_records, "_ROWS", size)
        write(folder / "a.tfrecord", rows)
        found = read(folder / "a.tfrecord", ("s", "f", "n"))
        assert texts(found, "s") == ["a", '["a","b"]', None, None]
        assert texts(found, "f") == ["1.5", "[1,2.5]", None, None]
        assert texts(found, "n") == ["1", "[1,2]", None, None]


SCHEMA = """
feature { name: "s" type: BYTES }
feature { name: "v" type: FLOAT shape { dim { size: 2 } } }
feature { name: "set" type: BYTES value_count { min: 0 max: 5 } }
feature { name: "n" type: INT value_count { max: 1 } }
"""


def test_a_schema_says_which_features_are_lists(folder: Path) -> None:
    (folder / "schema.pbtxt").write_text(SCHEMA)
    write(
        folder / "a.tfrecord",
        [example(s="x", v=[1.0, 2.5], set="a", n=3, other=1), example(v=[1.0, 2.0], set=["a", "b"])],
    )
    found = read(folder / "a.tfrecord", ("s", "v", "set", "n"), schema="schema.pbtxt")
    assert {name: texts(found, name) for name in ("s", "v", "set", "n")} == {
        "s": ["x", None], "v": ["[1,2.5]", "[1,2]"], "set": ['["a"]', '["a","b"]'], "n": ["3", None],
    }  # fmt: skip
    with pytest.raises(
        InputError, match=r"schema\.pbtxt has no column 'other', which ships needs; its columns are 's', 'v'"
    ):
        read(folder / "a.tfrecord", ("other",), schema="schema.pbtxt")


def test_another_type_than_the_schema_s_is_named(folder: Path) -> None:
    (folder / "schema.pbtxt").write_text(SCHEMA)
    write(folder / "a.tfrecord", [example(n=3), example(n="x")])
    with pytest.raises(
        InputError, match=r"a\.tfrecord, record 2, feature 'n': received a bytes_list; a int64_list is expected"
    ):
        read(folder / "a.tfrecord", ("n",), schema="schema.pbtxt")


def test_other_types_in_one_block_are_named(folder: Path) -> None:
    write(folder / "a.tfrecord", [example(n=3), example(m=1), example(n="x")])
    with pytest.raises(
        InputError, match=r"a\.tfrecord, record 3, feature 'n': received a bytes_list; a int64_list is expected"
    ):
        read(folder / "a.tfrecord", ("n",))


@pytest.mark.parametrize("text", ["feature {", "no schema", "\0"])
def test_a_schema_that_is_none_is_named(folder: Path, text: str) -> None:
    (folder / "schema.pbtxt").write_text(text)
    write(folder / "a.tfrecord", [example(n=3)])
    with pytest.raises(InputError, match=r"schema\.pbtxt is not a tensorflow_metadata Schema in text format"):
        read(folder / "a.tfrecord", ("n",), schema="schema.pbtxt")


def test_the_schema_is_part_of_the_fingerprint(folder: Path, tmp_path: Path) -> None:
    write(folder / "a.tfrecord", [example(n=3)])
    found = set()
    for text in (SCHEMA, SCHEMA + "\n# another\n"):
        (folder / "schema.pbtxt").write_text(text)
        found.add(sources.prepare(TfRecord("a.tfrecord", schema="schema.pbtxt"), "ships", tmp_path, ("n",)).fingerprint)
    found.add(sources.prepare(TfRecord("a.tfrecord"), "ships", tmp_path, ("n",)).fingerprint)
    assert len(found) == 3


@FORMATS
@pytest.mark.parametrize("damage", ["cut", "flipped"])
def test_a_damaged_record_is_named_with_file_and_number(folder: Path, options: Any, damage: str) -> None:
    path = folder / "a.tfrecord"
    write(path, [example(n=number, s=f"{number**9}") for number in range(1000)], options)
    content = bytearray(path.read_bytes())
    if damage == "cut":
        content = content[: len(content) // 2 + 3]
    else:
        content[len(content) // 2] ^= 1
    path.write_bytes(content)
    with pytest.raises(InputError, match=rf"^{re.escape(str(path))}, record [1-9]\d*: ") as caught:
        read(path, ("n",))
    assert "\n" not in str(caught.value)
    if options is None:
        number = int(re.findall(r"record (\d+)", str(caught.value))[0])
        assert abs(number - 500) < 60


def test_a_record_that_is_no_example_is_named(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tf_records, "_ROWS", 4)
    write(folder / "a.tfrecord", [example(n=1)] * 5 + [b"\xff no example"])
    with pytest.raises(
        InputError, match=r"a\.tfrecord, record 6: received b'\\xff no example'; a tf\.Example is expected"
    ):
        read(folder / "a.tfrecord", ("n",))


@pytest.mark.parametrize("content", [b"a,b\n1,2\n", b"PAR1" * 10, b"\x1f\x8b not gzip"])
def test_another_file_is_refused(folder: Path, content: bytes) -> None:
    (folder / "a.tfrecord").write_bytes(content)
    with pytest.raises(InputError, match=r"a\.tfrecord, record 1: .*; a TFRecord file, gzipped or not, is expected"):
        read(folder / "a.tfrecord", ("n",))


def test_no_rows_and_no_column(folder: Path) -> None:
    with tf.io.TFRecordWriter(str(folder / "a.tfrecord"), GZIP):
        pass
    with pytest.raises(InputError, match=r"a\.tfrecord has no rows; tf\.Examples are expected"):
        read(folder / "a.tfrecord", ("n",))
    write(folder / "a.tfrecord", [example(n=1)])
    with pytest.raises(InputError, match=r"a\.tfrecord has no column 'm', which ships needs; its columns are 'n'"):
        read(folder / "a.tfrecord", ("m",))


def test_equal_examples_have_equal_keys(folder: Path) -> None:
    write(
        folder / "a.tfrecord",
        [example(a=1, b="x"), example(b="x", a=1), example(a=1, b="y"), example(a=1, b="x", c=None)],
    )
    (block,) = read(folder / "a.tfrecord", ("a",))
    first, second, third, fourth = block.keys.to_pylist()
    assert first == second == fourth != third
