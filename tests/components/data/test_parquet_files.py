"""Parquet and Arrow files, folders and patterns of them, through ExampleGen on the Titanic's rows."""

import io
import pickle
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.dataset as ds
import pytest
from PIL import Image
from pyarrow import feather, ipc, parquet

from components.data import sources
from components.data.sources import Block, spans, typed_blocks
from schemas import events
from schemas.csv_files.endings import TABLES
from schemas.errors import InputError
from schemas.sources import Csv, Parquet

Write = Callable[[pa.Table, Path], None]


def stream(table: pa.Table, path: Path) -> None:
    with ipc.new_stream(str(path), table.schema) as out:
        out.write_table(table)


def arrow(table: pa.Table, path: Path) -> None:
    feather.write_feather(table, str(path), compression="uncompressed")


FORMATS = pytest.mark.parametrize("write", [parquet.write_table, arrow, stream])


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    path = tmp_path / "ships"
    path.mkdir()
    return path


def blocks(
    file: str, data: Path, columns: tuple[str, ...], key: tuple[str, ...] = (), limit: int = 0, **options: object
) -> list[Block]:
    source = Parquet(file, **options)  # type: ignore[arg-type]
    located = sources.prepare(source, "ships", data, (*columns, *key))
    return list(sources.blocks(source, located.path, columns, key, limit))


def cells(found: list[Block]) -> dict[str, list[object]]:
    return pa.concat_tables([block.cells for block in found]).to_pydict()


@FORMATS
def test_examples_and_splits_are_those_of_the_same_rows_as_csv(
    folder: Path, data: Path, titanic: pa.Table, generate: Callable[..., object], write: Write, tmp_path: Path
) -> None:
    write(titanic, folder / "titanic.parquet")
    found = generate(Parquet("titanic.parquet"))
    (tmp_path / "examples").rename(tmp_path / "before")
    (folder / "titanic.csv").symlink_to(data / "titanic" / "titanic.csv")
    assert found == generate(Csv("titanic.csv"))


def test_a_categorical_column_and_an_int_that_became_a_float(folder: Path, tmp_path: Path, titanic: pa.Table) -> None:
    table = titanic.set_column(2, "Pclass", titanic["Pclass"].cast(pa.float64())).set_column(
        4, "Sex", titanic["Sex"].dictionary_encode()
    )
    parquet.write_table(table, folder / "t.parquet")
    (block,) = blocks("t.parquet", tmp_path, ("Pclass", "Sex"))
    assert set(block.keys.to_pylist()[0].split(b"\x1f")) >= {b"3", b"male", b"Braund, Mr. Owen Harris"}


def test_row_groups_come_in_blocks(
    folder: Path, tmp_path: Path, titanic: pa.Table, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(typed_blocks, "BLOCK_ROWS", 100)
    parquet.write_table(titanic, folder / "t.parquet", row_group_size=250)
    found = blocks("t.parquet", tmp_path, ("Name", "Age"), ("PassengerId",))
    assert [block.first_row for block in found][:2] == [1, 101]
    assert [block.index for block in found] == list(range(len(found)))
    assert cells(found)["Name"] == titanic["Name"].to_pylist()
    assert found[3].keys[0].as_py() == str(found[3].first_row).encode()
    assert all(column.num_chunks == 1 for block in found for column in block.cells.columns)


@FORMATS
def test_a_large_batch_of_arrow_comes_in_blocks_that_hold_nothing_else(
    folder: Path, tmp_path: Path, titanic: pa.Table, monkeypatch: pytest.MonkeyPatch, write: Write
) -> None:
    monkeypatch.setattr(typed_blocks, "BLOCK_ROWS", 100)
    write(titanic, folder / "t.arrow")
    found = blocks("t.arrow", tmp_path, ("Name", "Age"), ("PassengerId",))
    assert [block.cells.num_rows for block in found] == [100] * 8 + [91]
    assert cells(found) == titanic.select(["Name", "Age"]).to_pydict()
    assert max(len(pickle.dumps(block.cells["Age"])) for block in found) < 2_000


@pytest.mark.parametrize("limit", [1, 100, 101, 890, 5000])
def test_a_limit_is_the_first_rows(
    folder: Path, tmp_path: Path, titanic: pa.Table, monkeypatch: pytest.MonkeyPatch, limit: int
) -> None:
    monkeypatch.setattr(typed_blocks, "BLOCK_ROWS", 100)
    for number in range(3):
        parquet.write_table(titanic.slice(297 * number, 297), folder / f"part-{number}.parquet")
    found = blocks("part-*.parquet", tmp_path, ("PassengerId",), limit=limit)
    assert cells(found)["PassengerId"] == list(range(1, min(limit, 891) + 1))


def test_hive_partitions_are_columns(folder: Path, tmp_path: Path, titanic: pa.Table) -> None:
    port = titanic["Embarked"]
    table = titanic.set_column(titanic.schema.get_field_index("Embarked"), "Embarked", pc.fill_null(port, "a b/c"))
    ds.write_dataset(
        table, folder / "ships", format="parquet", partitioning=["Pclass", "Embarked"], partitioning_flavor="hive"
    )
    (folder / "ships" / "_SUCCESS").touch()
    found = cells(blocks("ships", tmp_path, ("PassengerId", "Pclass", "Embarked"), ("PassengerId",)))
    expected = {
        number: (str(level), port)
        for number, level, port in zip(
            *(table[name].to_pylist() for name in ("PassengerId", "Pclass", "Embarked")), strict=True
        )
    }
    assert (
        dict(zip(found["PassengerId"], zip(found["Pclass"], found["Embarked"], strict=True), strict=True)) == expected
    )
    one = cells(blocks("ships/Pclass=1/*/*.parquet", tmp_path, ("Sex",)))
    assert len(one["Sex"]) == 216


def test_a_partition_without_a_value_is_missing(folder: Path, tmp_path: Path, titanic: pa.Table) -> None:
    ds.write_dataset(titanic, folder / "d", format="parquet", partitioning=["Embarked"], partitioning_flavor="hive")
    assert cells(blocks("d", tmp_path, ("Embarked",)))["Embarked"].count(None) == 2


def test_columns_in_structs_are_named_with_dots(folder: Path, tmp_path: Path) -> None:
    rows = [
        {"user": {"age": 3, "home": {"city": "Bern"}}, "a.b": 1},
        {"user": {"age": None, "home": None}, "a.b": 2},
        {"user": None},
    ]
    parquet.write_table(pa.Table.from_pylist(rows), folder / "u.parquet")
    found = cells(blocks("u.parquet", tmp_path, ("user.age", "user.home.city", "a.b")))
    assert found == {"user.age": [3, None, None], "user.home.city": ["Bern", None, None], "a.b": [1, 2, None]}


def test_the_official_split_is_that_of_the_folders_or_names(folder: Path, tmp_path: Path, titanic: pa.Table) -> None:
    for name in ("train-00000-of-00002", "train-00001-of-00002", "test-00000-of-00001", "validation-00000-of-00001"):
        parquet.write_table(titanic.slice(0, 100), folder / f"{name}.parquet")
    found = blocks("*.parquet", tmp_path, ("Sex",))
    assert pa.concat_arrays([block.splits for block in found]).value_counts().to_pylist() == [
        {"values": "test", "counts": 100}, {"values": "train", "counts": 300},
    ]  # fmt: skip
    limited = blocks("*.parquet", tmp_path, ("Sex",), limit=40)
    assert pa.concat_arrays([block.splits for block in limited]).value_counts().to_pylist() == [
        {"values": "test", "counts": 10}, {"values": "train", "counts": 30},
    ]  # fmt: skip
    (folder / "test-00000-of-00001.parquet").rename(folder / "more.parquet")
    assert all(block.splits is None for block in blocks("train*.parquet", tmp_path, ("Sex",)))


def test_a_file_that_says_no_split_beside_others_that_do_is_named(
    folder: Path, tmp_path: Path, titanic: pa.Table
) -> None:
    for name in ("train/1", "test/1", "extra/1"):
        (folder / name).parent.mkdir()
        parquet.write_table(titanic.slice(0, 10), folder / f"{name}.parquet")
    notes: list[Any] = []
    with events.listening(notes.append):
        assert all(block.splits is None for block in blocks(".", tmp_path, ("Sex",)))
    (note,) = notes
    assert note.text == f"{folder}: 1 file in no folder of a split, so there is no official one: 'extra/1.parquet'"


def test_only_the_columns_that_are_needed_are_read(folder: Path, tmp_path: Path, titanic: pa.Table) -> None:
    parquet.write_table(titanic, folder / "t.parquet")
    content = bytearray((folder / "t.parquet").read_bytes())
    about = parquet.read_metadata(folder / "t.parquet").row_group(0).column(titanic.schema.get_field_index("Name"))
    content[about.dictionary_page_offset : about.dictionary_page_offset + about.total_compressed_size] = bytes(
        about.total_compressed_size
    )
    (folder / "t.parquet").write_bytes(content)
    assert len(cells(blocks("t.parquet", tmp_path, ("Sex",), ("PassengerId",)))["Sex"]) == 891
    with pytest.raises(InputError, match=r"t\.parquet: after row 0: "):
        blocks("t.parquet", tmp_path, ("Name",), ("PassengerId",))


def test_files_may_have_other_types(folder: Path, tmp_path: Path, generate: Callable[..., dict[str, list]]) -> None:
    parquet.write_table(pa.table({"x": [1, 2] * 50, "y": [0, 1] * 50}), folder / "a.parquet")
    parquet.write_table(pa.table({"x": ["1", None] * 50, "y": [True, False] * 50}), folder / "b.parquet")
    found = generate(Parquet("*.parquet"), {"x": "string", "y": "label"}, ())
    assert {value for split in found.values() for row in split for value in row["x"]} == {b"1", b"2"}


def test_cells_that_do_not_fit_name_their_file_and_row(folder: Path, generate: Callable[..., object]) -> None:
    parquet.write_table(pa.table({"x": [1.0, 2.0], "y": [0, 1]}), folder / "a.parquet")
    parquet.write_table(pa.table({"x": [1.0, 1e300], "y": [0, 1]}), folder / "b.parquet")
    with pytest.raises(
        AssertionError, match=rf"^{folder / 'b.parquet'}, row 2, column 'x': received 1e\+300; a finite"
    ):
        generate(Parquet("*.parquet"), {"x": "number", "y": "label"}, ())


def test_missing_values_are_said_for_every_type(folder: Path, tmp_path: Path) -> None:
    parquet.write_table(pa.table({"x": [1, -999], "s": ["NA", "a"]}), folder / "a.parquet")
    found = cells(blocks("a.parquet", tmp_path, ("x", "s"), missing=("", "NA", "-999")))
    assert found == {"x": [1, None], "s": [None, "a"]}


def test_the_fingerprint_is_of_all_files_and_their_names(folder: Path, tmp_path: Path, titanic: pa.Table) -> None:
    source = Parquet("part-*.parquet")
    for number in range(2):
        parquet.write_table(titanic.slice(10 * number, 10), folder / f"part-{number}.parquet")
    first = sources.prepare(source, "ships", tmp_path, ("Sex",))
    assert first.fingerprint == sources.fingerprint(source, first.path)
    assert first.bytes == sum(file.stat().st_size for file in folder.iterdir())
    (folder / "part-1.parquet").rename(folder / "part-2.parquet")
    assert sources.fingerprint(source, first.path) != first.fingerprint


def test_spans_are_folders(folder: Path, tmp_path: Path, titanic: pa.Table) -> None:
    for span in (1, 2):
        (folder / f"span-{span}").mkdir()
        for number in range(2):
            parquet.write_table(
                titanic.slice(10 * span + number, 5), folder / f"span-{span}" / f"part-{number}.parquet"
            )
    assert spans.present(Parquet("part-*.parquet"), "ships", tmp_path) == [1, 2]
    parquet.write_table(titanic, folder / "part-0.parquet")
    assert spans.present(Parquet("part-*.parquet"), "ships", tmp_path) == [0, 1, 2]
    located = sources.prepare(Parquet("part-*.parquet"), "ships", tmp_path, ("Sex",), span=2, window=2)
    found = list(sources.blocks(Parquet("part-*.parquet"), located.path, ("PassengerId",)))
    assert [block.first_row for block in found] == [1, 6, 11, 16]
    assert [block.rows_before for block in found] == [0, 5, 10, 15]
    assert found[3].file == str(folder / "span-2" / "part-1.parquet")


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"a,b\n1,2\n",
        b"PAR1",
        b"PAR1" + b"x" * 100,
        b"ARROW1",
        b"\xff\xff\xff\xff",
        b"\xff\xff\xff\xff\x10\0\0\0ab",
    ],
)
def test_what_is_no_parquet_file_is_named(folder: Path, tmp_path: Path, content: bytes) -> None:
    (folder / "t.parquet").write_bytes(content)
    with pytest.raises(InputError, match=rf"^{re.escape(str(folder / 't.parquet'))} is (empty|no whole)") as caught:
        blocks("t.parquet", tmp_path, ("Sex",))
    assert "\n" not in str(caught.value)


@FORMATS
def test_a_cut_file_is_refused(folder: Path, tmp_path: Path, titanic: pa.Table, write: Write) -> None:
    write(titanic, folder / "t.parquet")
    content = (folder / "t.parquet").read_bytes()
    (folder / "t.parquet").write_bytes(content[: len(content) // 2])
    with pytest.raises(InputError, match=re.escape(str(folder / "t.parquet"))):
        blocks("t.parquet", tmp_path, ("Sex",))


def test_no_file_no_column_and_no_rows(folder: Path, tmp_path: Path, titanic: pa.Table) -> None:
    with pytest.raises(InputError, match=r"ships/t\.parquet is missing; put t\.parquet into"):
        blocks("t.parquet", tmp_path, ("Sex",))
    with pytest.raises(InputError, match=r"ships/part-\*\.parquet: there is no such file; Parquet or Arrow files"):
        blocks("part-*.parquet", tmp_path, ("Sex",))
    parquet.write_table(titanic.slice(0, 0), folder / "t.parquet")
    with pytest.raises(InputError, match=r"t\.parquet has no column 'Sexe', which ships needs; its columns are"):
        blocks("t.parquet", tmp_path, ("Sexe",))
    with pytest.raises(InputError, match=r"t\.parquet has no rows$"):
        blocks("t.parquet", tmp_path, ("Sex",))
    with pytest.raises(InputError, match=r"has the column 'a' twice"):
        parquet.write_table(pa.table([pa.array([1]), pa.array([2])], ["a", "a"]), folder / "t.parquet")
        blocks("t.parquet", tmp_path, ("a",))


def test_brackets_in_a_name_are_a_name_where_there_is_such_a_file(folder: Path, tmp_path: Path) -> None:
    parquet.write_table(pa.table({"x": [1]}), folder / "t[1].parquet")
    assert cells(blocks("t[1].parquet", tmp_path, ("x",))) == {"x": [1]}
    (tmp_path / "a[b]" / "ships").mkdir(parents=True)
    parquet.write_table(pa.table({"x": [2]}), tmp_path / "a[b]" / "ships" / "p1.parquet")
    assert cells(blocks("p*.parquet", tmp_path / "a[b]", ("x",))) == {"x": [2]}


def test_the_suffixes_are_those_of_a_folder_s_files(folder: Path, tmp_path: Path) -> None:
    for number, suffix in enumerate(TABLES):
        parquet.write_table(pa.table({"x": [number]}), folder / f"{number}{suffix}")
    (folder / "notes.txt").write_text("no table")
    (folder / ".hidden.parquet").write_text("no table")
    assert cells(blocks(".", tmp_path, ("x",))) == {"x": list(range(len(TABLES)))}


def test_pictures_in_a_table_are_read_as_those_of_folders(
    folder: Path, generate: Callable[..., dict[str, list[dict[str, list[bytes]]]]]
) -> None:
    """A WEBP becomes a PNG, what is transparent is laid on white, and a damaged picture is named with its row."""
    ink = Image.new("RGBA", (4, 3), (0, 0, 0, 0))
    with io.BytesIO() as file:
        ink.save(file, "WEBP", lossless=True)
        content = file.getvalue()
    rows = pa.table({"image": [{"bytes": content, "path": "a.webp"}] * 60, "y": [0, 1] * 30, "n": range(60)})
    parquet.write_table(rows, folder / "p.parquet")
    found = generate(Parquet("p.parquet"), {"image": "image", "y": "label"}, ("n",))
    pictures = [row["image"][0] for split in found.values() for row in split]
    assert len(pictures) == 60
    assert all(np.array(Image.open(io.BytesIO(picture))).min() == 255 for picture in pictures)


def test_a_damaged_picture_in_a_table_is_named(folder: Path, generate: Callable[..., object]) -> None:
    rows = pa.table({"image": [b"\x89PNG\r\n\x1a\n damaged"] * 3, "y": [0, 1, 0]})
    parquet.write_table(rows, folder / "p.parquet")
    with pytest.raises(AssertionError, match=r"p\.parquet, row 1, column 'image': received b'\\x89PNG.* is expected"):
        generate(Parquet("p.parquet"), {"image": "image", "y": "label"}, ())
