"""JSON Lines through ExampleGen on the Titanic's rows, and what may be odd in a line."""

import bz2
import gzip
import json
import lzma
import math
import re
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.data import sources
from components.data.sources import Block, json_lines
from schemas.columns.typed import to_text
from schemas.csv_files import whole_lines
from schemas.errors import InputError
from schemas.sources import Csv, JsonLines


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    path = tmp_path / "ships"
    path.mkdir()
    return path


def read(
    path: Path, columns: tuple[str, ...], key: tuple[str, ...] = (), limit: int = 0, **options: Any
) -> list[Block]:
    source = JsonLines(path.name, **options)
    located = sources.prepare(source, "ships", path.parent.parent, (*columns, *key))
    return list(sources.blocks(source, located.path, columns, key, limit))


def texts(found: list[Block], name: str) -> list[str | None]:
    cells = [cell for block in found for cell in to_text(block.cells[name].combine_chunks()).to_pylist()]
    return [None if cell is None else cell.decode() for cell in cells]


def keys(found: list[Block]) -> list[bytes]:
    return [key for block in found for key in block.keys.to_pylist()]


@pytest.mark.parametrize(
    "packed", [bytes, gzip.compress, lzma.compress, bz2.compress, lambda text: pa.compress(text, "zstd", asbytes=True)]
)
def test_examples_and_splits_are_those_of_the_same_rows_as_csv(
    folder: Path,
    data: Path,
    titanic: pa.Table,
    generate: Callable[..., object],
    packed: Callable[[bytes], bytes],
    tmp_path: Path,
) -> None:
    lines = "".join(
        json.dumps({name: value for name, value in row.items() if value is not None}) + "\n"
        for row in titanic.to_pylist()
    )
    (folder / "titanic.jsonl").write_bytes(packed(lines.encode()))
    found = generate(JsonLines("titanic.jsonl"))
    (tmp_path / "examples").rename(tmp_path / "before")
    (folder / "titanic.csv").symlink_to(data / "titanic" / "titanic.csv")
    assert found == generate(Csv("titanic.csv"))


def test_blocks_follow_each_other(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(json_lines, "_ROWS", 7)
    for part in range(3):
        (folder / f"part-{part}.jsonl").write_text("\n\n".join(f'{{"x": {10 * part + i}}}' for i in range(10)))
    for limit in (0, 1, 7, 10, 15, 30, 99):
        found = read(folder / "part-*.jsonl", ("x",), limit=limit)
        numbers = [int(text or "") for text in texts(found, "x")]
        assert numbers == list(range(min(limit or 30, 30)))
        assert [block.first_row - 1 for block in found] == [block.cells["x"][0].as_py() for block in found]
    assert found[-1].file == str(folder / "part-2.jsonl")
    assert found[-1].rows_before == 20


def test_objects_in_objects_have_dotted_names(folder: Path) -> None:
    file = folder / "a.jsonl"
    file.write_text('{"user": {"age": 3, "home": {"city": "Bern"}}}\n{"user": {}}\n{"user": null}\n{"user.age": 4}\n')
    found = read(file, ("user.age", "user.home.city"))
    assert (texts(found, "user.age"), texts(found, "user.home.city")) == (
        ["3", None, None, "4"],
        ["Bern", None, None, None],
    )


def test_types_may_differ_between_lines(folder: Path) -> None:
    file = folder / "a.jsonl"
    values: list[Any] = [1, "2", 2.5, True, None, "x", [1, "a"], 10**30, 2.0, [], {"n": 1}, math.nan]
    file.write_text("".join(json.dumps({"x": value}) + "\n" for value in values))
    expected = ["1", "2", "2.5", "true", None, "x", '[1,"a"]', str(10**30), "2", "[]", None]
    assert texts(read(file, ("x",)), "x")[:-1] == expected


def test_a_number_as_text_is_a_number(folder: Path, generate: Callable[..., dict[str, list[dict[str, Any]]]]) -> None:
    (folder / "a.jsonl").write_text('{"x": "1.5", "y": 0}\n{"x": 1.5, "y": "yes"}\n{"x": "", "y": "0"}\n' * 40)
    found = generate(JsonLines("a.jsonl"), {"x": "number", "y": "label"}, ("x", "y"))
    rows = [(tuple(row["x"]), *row["y"]) for split in found.values() for row in split]
    assert sorted(rows) == [((), 0)] * 40 + [((1.5,), 0)] * 40 + [((1.5,), 1)] * 40


def test_lists_of_objects_keep_each_object_s_own_fields(folder: Path) -> None:
    file = folder / "a.jsonl"
    file.write_text('{"x": [{"a": 1}]}\n{"x": [{"b": 2}]}\n')
    assert texts(read(file, ("x",)), "x") == ['[{"a":1}]', '[{"b":2}]']


TEXTS = st.text(st.characters(codec="utf-8"))
VALUES = st.none() | st.booleans() | st.integers() | TEXTS | st.lists(st.integers() | TEXTS)


@given(st.lists(st.dictionaries(st.sampled_from("abc"), VALUES, min_size=1), min_size=1))
def test_every_value_of_json_has_one_text(tmp_path_factory: pytest.TempPathFactory, rows: list[dict[str, Any]]) -> None:
    """The text of a cell does not depend on the cells around it."""
    folder = tmp_path_factory.mktemp("lines") / "ships"
    folder.mkdir()
    file = folder / "a.jsonl"
    columns = tuple({name for row in rows for name in row})
    file.write_text("".join(json.dumps(row) + "\n" for row in rows))
    together = read(file, columns)
    for number, row in enumerate(rows):
        file.write_text(json.dumps(row) + "\n")
        for name, value in row.items():
            (alone,) = texts(read(file, (name,)), name)
            assert texts(together, name)[number] == alone
            assert (alone is None) == (value is None or value == "")


def test_equal_objects_have_equal_keys_whatever_the_order_of_their_fields(folder: Path) -> None:
    file = folder / "a.jsonl"
    file.write_text('{"a": 1, "b": "x"}\n{"b": "x", "a": 1.0}\n{"a": 1, "c": "x"}\n{"a": 1, "b": "x", "c": null}\n')
    first, second, third, fourth = keys(read(file, ("a",)))
    assert first == second == fourth != third


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (b"[1]", "it is no object"),
        (b"1", "it is no object"),
        (b'{"a": 1', "Expecting ',' delimiter"),
        (b'{"a": 1} {"a": 2}', "Extra data"),
        (b"{'a': 1}", "Expecting property name"),
        (b'{"a": 1, "a": 2}', "it has the field 'a' twice"),
        (b'{"u": {"a": 1, "a": 2}}', "it has the field 'a' twice"),
        (b'{"u": {"a": 1}, "u.a": 2}', "it has the field 'u.a' twice"),
        (b'{"a": "\xff"}', "can't decode byte"),
        (b'{"a": ' + b"[" * 100_000, "nested too deeply"),
    ],
)
def test_an_odd_line_is_named_with_file_and_number(folder: Path, line: bytes, reason: str) -> None:
    file = folder / "a.jsonl"
    file.write_bytes(b'{"a": 1}\n\n{"a": 2}\n' + line + b"\n")
    with pytest.raises(InputError, match=rf"^{re.escape(str(file))}, line 4: received .*{re.escape(reason)}") as caught:
        read(file, ("a",))
    assert str(caught.value).endswith("one JSON object a line is expected")
    assert len(str(caught.value)) < 500
    assert "\n" not in str(caught.value)


def test_half_a_surrogate_pair_is_named(folder: Path) -> None:
    file = folder / "a.jsonl"
    file.write_text('{"a": "x"}\n{"a": ["\\ud800"]}\n')
    with pytest.raises(InputError, match=r"a\.jsonl, line 2, field 'a': received a text with half of a surrogate pair"):
        read(file, ("a",))


def test_a_damaged_archive_is_named(folder: Path) -> None:
    file = folder / "a.jsonl.gz"
    file.write_bytes(gzip.compress(b'{"a": 1}\n' * 10_000)[:-20])
    with pytest.raises(InputError, match=r"a\.jsonl\.gz is damaged or cut off"):
        read(file, ("a",))


def test_a_column_of_the_last_line_is_found_and_another_one_named(folder: Path) -> None:
    file = folder / "a.jsonl"
    file.write_text('{"a": 1}\n' * 20_000 + '{"b": 1}\n')
    assert texts(read(file, ("b",)), "b").count(None) == 20_000
    with pytest.raises(InputError, match=r"a\.jsonl has no column 'c', which ships needs; its columns are 'a', 'b'"):
        read(file, ("c",))


@pytest.mark.parametrize("content", [b"\n \n", b"\xef\xbb\xbf\n"])
def test_a_file_without_rows_is_refused(folder: Path, content: bytes) -> None:
    (folder / "a.jsonl").write_bytes(content)
    with pytest.raises(InputError, match=r"a\.jsonl has no rows; one JSON object a line is expected"):
        read(folder / "a.jsonl", ("a",))


def test_a_line_without_an_end_is_refused_before_it_fills_the_memory(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(whole_lines, "LONGEST", 100)
    (folder / "a.jsonl.gz").write_bytes(gzip.compress(b'{"a": 1}\n' + b" " * 1000))
    with pytest.raises(
        InputError, match=r"a\.jsonl\.gz, line 2: it is longer than 100 bytes, the most that are allowed"
    ):
        read(folder / "a.jsonl.gz", ("b",))


def test_no_line_of_a_zip_is_lost(folder: Path) -> None:
    with zipfile.ZipFile(folder / "a.jsonl.zip", "w") as archive:
        archive.writestr("a.jsonl", '{"a": 1}\n')
        archive.writestr("b.jsonl", '{"a": 2}\n')
    with pytest.raises(
        InputError, match=r"zip is a zip of 2 files \('a\.jsonl', 'b\.jsonl'\); one is expected, unpack it"
    ):
        read(folder / "a.jsonl.zip", ("a",))


def test_a_byte_order_mark_and_windows_line_ends_are_no_part_of_a_line(folder: Path) -> None:
    (folder / "a.jsonl").write_bytes(b'\xef\xbb\xbf{"a": "x"}\r\n{"a": "y"}')
    assert texts(read(folder / "a.jsonl", ("a",)), "a") == ["x", "y"]


def test_missing_values_are_said(folder: Path) -> None:
    (folder / "a.jsonl").write_text('{"a": "NA"}\n{"a": 1}\n')
    assert texts(read(folder / "a.jsonl", ("a",), missing=("NA",)), "a") == [None, "1"]


def test_the_official_split_is_that_of_the_names(folder: Path) -> None:
    (folder / "train.jsonl").write_text('{"a": 1}\n' * 30)
    (folder / "test.jsonl").write_text('{"a": 1}\n' * 10)
    found = read(folder / "*.jsonl", ("a",), limit=8)
    assert [split for block in found for split in block.splits.to_pylist()] == ["test"] * 2 + ["train"] * 6
