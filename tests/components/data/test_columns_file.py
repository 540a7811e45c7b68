from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.data.sources import Block, columns_file
from schemas.errors import InputError
from schemas.sources import Columns

BOTH = ("a", "b")
AUTO_MPG = Columns(
    "auto-mpg.data",
    names=(
        "mpg", "cylinders", "displacement", "horsepower", "weight", "acceleration", "model year", "origin", "car name",
    ),
    missing=("?",),
)  # fmt: skip
# What may stand in a cell: no line end, and no white space or quote at the front unless it is quoted.
PLAIN = st.text(st.characters(codec="utf-8", exclude_categories=("Z", "C"), exclude_characters='"'), min_size=1)
QUOTED = st.text(st.characters(codec="utf-8", exclude_characters="\n\r"))
Read = Callable[..., list[Block]]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "ships" / "ships.txt"
    path.parent.mkdir()
    return path


@pytest.fixture
def read(tmp_path: Path, file: Path) -> Read:
    """Prepares and reads the content."""

    def read(content: bytes, columns: tuple[str, ...] = BOTH, limit: int = 0, **options: Any) -> list[Block]:
        file.write_bytes(content)
        source = Columns(file.name, **{"names": BOTH} | options)
        located = columns_file.prepare(source, "ships", tmp_path, columns)
        return list(columns_file.blocks(source, located.path, columns, limit=limit))

    return read


def cells(blocks: list[Block]) -> dict[str, list[bytes | None]]:
    return pa.concat_tables([block.cells for block in blocks]).to_pydict()


def test_spaces_and_tabs_in_any_number_stand_between_cells(read: Read) -> None:
    assert cells(read(b"  1   2\n3\t4  \n5 \t 6\r\n")) == {"a": [b"1", b"3", b"5"], "b": [b"2", b"4", b"6"]}


@pytest.mark.parametrize("widths", [(), (2, 2)])
def test_a_byte_order_mark_is_no_part_of_the_first_cell(read: Read, widths: tuple[int, ...]) -> None:
    assert cells(read(b"\xef\xbb\xbf1 2\n3 4\n", widths=widths)) == {"a": [b"1", b"3"], "b": [b"2", b"4"]}


def test_a_quoted_cell_holds_spaces_and_doubled_quotes(read: Read) -> None:
    assert cells(read(b'1 "two words"\n"a ""b"" c"\t""\n'))["b"] == [b"two words", None]
    assert cells(read(b'"a ""b"" c" 1\n'))["a"] == [b'a "b" c']


def test_a_quote_inside_a_cell_is_a_character(read: Read) -> None:
    assert cells(read(b'5" 6\n')) == {"a": [b'5"'], "b": [b"6"]}


def test_missing_cells_are_null_and_blank_lines_no_rows(read: Read) -> None:
    assert cells(read(b"\n1 ?\n  \n? 2\n\n", missing=("?",))) == {"a": [b"1", None], "b": [None, b"2"]}


def test_a_cell_is_bytes_whatever_its_encoding(read: Read) -> None:
    assert cells(read(b"caf\xe9 1\n"))["a"] == [b"caf\xe9"]


@given(
    rows=st.lists(st.tuples(*[PLAIN | QUOTED.map(lambda text: f'"{text}"')] * 3), min_size=1),
    space=st.sampled_from([" ", "\t", "   ", " \t "]),
    end=st.sampled_from(["\n", "\r\n"]),
    size=st.sampled_from([64, 4 << 20]),
)
def test_what_is_written_is_read_back(
    tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[str, ...]], space: str, end: str, size: int
) -> None:
    def written(cell: str) -> str:
        return '"' + cell[1:-1].replace('"', '""') + '"' if cell.startswith('"') else cell

    def value(cell: str) -> bytes | None:
        return (cell[1:-1] if cell.startswith('"') else cell).encode() or None

    file = tmp_path_factory.getbasetemp() / "columns.txt"
    file.write_bytes("".join(space.join(map(written, row)) + end for row in rows).encode())
    source = Columns(file.name, names=("a", "b", "c"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(columns_file, "BLOCK_BYTES", max(size, file.stat().st_size if size > 64 else 4000))
        patch.setattr(columns_file, "CHUNK_BYTES", size)
        found = cells(list(columns_file.blocks(source, str(file), source.names)))
    assert list(zip(*found.values(), strict=True)) == [tuple(map(value, row)) for row in rows]


@pytest.mark.parametrize(("line", "received"), [("1", 1), ("1 2 3", 3), ('1 "2" 3', 3)])
@pytest.mark.parametrize("size", [8, 4 << 20])
def test_a_ragged_row_is_named(
    read: Read, file: Path, monkeypatch: pytest.MonkeyPatch, line: str, received: int, size: int
) -> None:
    monkeypatch.setattr(columns_file, "CHUNK_BYTES", size)
    with pytest.raises(InputError) as caught:
        read(b"1 2\n" * 20 + b"\n" + line.encode() + b"\n1 2\n")
    assert str(caught.value) == (f"{file}, row 21: received {received} cells ({line!r}); 2 are expected, as names says")


def test_a_quote_that_is_never_closed_is_refused(read: Read, file: Path) -> None:
    with pytest.raises(InputError, match=rf"^{file}, row 2: received "):
        read(b'1 2\n3 "4\n5 6\n')


def test_fixed_widths_need_no_space_between_cells(read: Read) -> None:
    blocks = read(b"12345ab  \n  6  7\n12345\n", widths=(3, 2, 4), names=("a", "b", "c"), columns=("a", "b", "c"))
    assert cells(blocks) == {"a": [b"123", b"6", b"123"], "b": [b"45", None, b"45"], "c": [b"ab", b"7", None]}


@pytest.mark.parametrize(("line", "length"), [("12", 2), ("1234567", 7)])
def test_a_line_that_is_too_short_or_long_for_its_widths_is_named(
    read: Read, file: Path, line: str, length: int
) -> None:
    with pytest.raises(InputError) as caught:
        read(f"12345\n{line}\n".encode(), widths=(3, 3))
    assert (
        str(caught.value) == f"{file}, row 2: received {length} bytes ({line!r}); 3 to 6 are expected, as widths says"
    )


@pytest.mark.parametrize(("content", "said"), [(b"", "is empty; rows are expected"), (b"\n \n", "blank lines alone")])
def test_a_file_without_rows_is_refused(read: Read, file: Path, content: bytes, said: str) -> None:
    with pytest.raises(InputError, match=f"^{file} .*{said}"):
        read(content)


def test_a_line_longer_than_a_block_is_refused(read: Read, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(columns_file, "BLOCK_BYTES", 100)
    monkeypatch.setattr(columns_file, "CHUNK_BYTES", 64)
    with pytest.raises(InputError, match="longer than 100 bytes"):
        read(b"1 2\n" + b"x" * 300)


def test_a_missing_column_is_named_with_those_that_there_are(read: Read, file: Path) -> None:
    with pytest.raises(InputError) as caught:
        read(b"1 2\n", columns=("c",))
    assert str(caught.value) == f"{file} has no column 'c', which ships needs; its columns are 'a', 'b'"


@pytest.mark.parametrize("limit", [1, 7, 20, 99])
def test_the_limit_takes_the_first_rows(read: Read, monkeypatch: pytest.MonkeyPatch, limit: int) -> None:
    monkeypatch.setattr(columns_file, "CHUNK_BYTES", 32)
    found = cells(read(b"".join(b"%d x\n" % i for i in range(20)), limit=limit))
    assert found["a"] == [b"%d" % i for i in range(min(limit, 20))]


def test_blocks_are_numbered_by_their_first_row(read: Read, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(columns_file, "CHUNK_BYTES", 32)
    blocks = read(b"".join(b"%d x\n" % i for i in range(100)))
    assert [block.index for block in blocks] == list(range(len(blocks))) and len(blocks) > 5
    assert all(block.cells["a"][0].as_py() == b"%d" % (block.first_row - 1) for block in blocks)


def test_auto_mpg_is_read_whole(data: Path) -> None:
    located = columns_file.prepare(AUTO_MPG, "auto_mpg", data, AUTO_MPG.names)
    found = cells(list(columns_file.blocks(AUTO_MPG, located.path, AUTO_MPG.names)))
    assert {name: column.count(None) for name, column in found.items()} == dict.fromkeys(AUTO_MPG.names, 0) | {
        "horsepower": 6
    }
    assert len(found["mpg"]) == 398
    assert [column[0] for column in found.values()] == [
        b"18.0", b"8", b"307.0", b"130.0", b"3504.", b"12.0", b"70", b"1", b"chevrolet chevelle malibu",
    ]  # fmt: skip
    assert set(found["origin"]) == {b"1", b"2", b"3"}


def test_the_key_is_made_of_the_columns_that_are_named(data: Path) -> None:
    located = columns_file.prepare(AUTO_MPG, "auto_mpg", data, ("mpg",))
    (block,) = columns_file.blocks(AUTO_MPG, located.path, ("mpg",), key=("car name",))
    assert block.cells.column_names == ["mpg"]
    assert len(set(block.keys.to_pylist())) == 305
    assert block.keys[0].as_py() == b"chevrolet chevelle malibu"
