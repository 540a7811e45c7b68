import hashlib
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.data.sources import Block, Located, csv_file
from schemas.errors import InputError
from schemas.sources import Csv

TITANIC_SHA256 = "4a437fde05fe5264e1701a7387ac6fb75393772ba38bb2c9c566405af5af4bd7"
BOTH = ("a", "b")

Read = Callable[..., list[Block]]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Where the dataset ``ships`` is looked for."""
    path = tmp_path / "ships" / "ships.csv"
    path.parent.mkdir()
    return path


@pytest.fixture
def prepare(tmp_path: Path, file: Path) -> Callable[..., Located]:
    """Prepares the content as the file of ``ships``."""

    def prepare(content: bytes, columns: tuple[str, ...] = BOTH, **options: Any) -> Located:
        file.write_bytes(content)
        return csv_file.prepare(Csv(file.name, **options), "ships", tmp_path, columns)

    return prepare


@pytest.fixture
def read(prepare: Callable[..., Located]) -> Read:
    """Prepares and reads the content."""

    def read(content: bytes, columns: tuple[str, ...] = BOTH, **options: Any) -> list[Block]:
        located = prepare(content, columns, **options)
        return list(csv_file.blocks(Csv("ships.csv", **options), located.path, columns))

    return read


def cells(blocks: list[Block]) -> dict[str, list[bytes | None]]:
    return pa.concat_tables([block.cells for block in blocks]).to_pydict()


def keys(blocks: list[Block]) -> list[bytes]:
    return [key for block in blocks for key in block.keys.to_pylist()]


def test_a_prepared_file_has_its_path_size_and_sha256(prepare: Callable[..., Located], file: Path) -> None:
    content = b"a,b\n1,2\n"
    assert prepare(content) == Located(str(file), hashlib.sha256(content).hexdigest(), len(content))


def test_a_missing_file_is_named_with_where_to_put_it(tmp_path: Path) -> None:
    with pytest.raises(InputError) as caught:
        csv_file.prepare(Csv("ships.csv"), "ships", tmp_path, BOTH)
    assert str(caught.value) == (
        f"{tmp_path / 'ships' / 'ships.csv'} is missing; put ships.csv into {tmp_path / 'ships'}, "
        "or set SLIPWAY_DATA to the folder that holds ships/ships.csv"
    )


def test_a_folder_without_a_csv_file_is_refused(tmp_path: Path, file: Path) -> None:
    file.mkdir()
    with pytest.raises(InputError, match=f"^{file} is a folder without a file that ends in .csv, .tsv; a header"):
        csv_file.prepare(Csv("ships.csv"), "ships", tmp_path, BOTH)


def test_an_empty_file_is_refused(prepare: Callable[..., Located], file: Path) -> None:
    with pytest.raises(InputError) as caught:
        prepare(b"")
    assert str(caught.value) == f"{file} is empty; a header line and rows are expected"


@pytest.mark.parametrize("content", [b"\n", b"\n\n\n", b"\r\n"])
def test_a_file_of_blank_lines_is_refused(prepare: Callable[..., Located], file: Path, content: bytes) -> None:
    with pytest.raises(InputError, match=f"^{file} has blank lines alone"):
        prepare(content)


def test_a_header_without_rows_is_refused(read: Read, file: Path) -> None:
    with pytest.raises(InputError) as caught:
        read(b"a,b\n")
    assert str(caught.value) == f"{file} has a header but no rows"


@pytest.mark.parametrize("content", [b"a,b", b"a", b'"a\nb",b', b'"a,b'])
def test_a_header_without_a_line_end_is_a_header_without_rows(read: Read, file: Path, content: bytes) -> None:
    with pytest.raises(InputError) as caught:
        read(content)
    assert str(caught.value) == f"{file} has a header but no rows"


def test_a_missing_column_is_named_with_those_that_there_are(prepare: Callable[..., Located], file: Path) -> None:
    with pytest.raises(InputError) as caught:
        prepare(b"a,c\n1,2\n")
    assert str(caught.value) == f"{file} has no column 'b', which ships needs; its columns are 'a', 'c'"


def test_a_duplicate_column_is_refused(prepare: Callable[..., Located], file: Path) -> None:
    with pytest.raises(InputError) as caught:
        prepare(b"a,b,c,b\n1,2,3,4\n")
    assert str(caught.value) == f"{file} has the column 'b' twice; each name may stand once"


def test_a_header_in_latin_1_is_refused(prepare: Callable[..., Located], file: Path) -> None:
    with pytest.raises(InputError, match=f"^{file} is not a CSV file in UTF-8: "):
        prepare("a,b,Größe\n1,2,3\n".encode("latin-1"))


def test_a_byte_order_mark_is_no_part_of_the_header(read: Read) -> None:
    assert cells(read(b"\xef\xbb\xbfa,b\n1,2\n")) == {"a": [b"1"], "b": [b"2"]}


def test_columns_come_in_the_order_asked_for_without_the_others(read: Read) -> None:
    blocks = read(b"a,b,c\n1,2,3\n", ("c", "a"))
    assert blocks[0].cells.schema == pa.schema({"c": pa.binary(), "a": pa.binary()})
    assert cells(blocks) == {"c": [b"3"], "a": [b"1"]}


@pytest.mark.parametrize(
    "content", [b"a,b\n1,2\n", b"a,b\r\n1,2\r\n", b"a,b\n1,2", b"\xef\xbb\xbfa,b\n1,2\n", b'"a","b"\n"1","2"\n']
)
def test_line_ends_quotes_and_a_byte_order_mark_make_no_difference(read: Read, content: bytes) -> None:
    assert cells(read(content)) == {"a": [b"1"], "b": [b"2"]}


def test_quoted_cells_hold_commas_quotes_and_newlines(read: Read) -> None:
    blocks = read(b'a,b\n"Braund, Mr. Owen","two\nlines, ""quoted"""\n')
    assert cells(blocks) == {"a": [b"Braund, Mr. Owen"], "b": [b'two\nlines, "quoted"']}


def test_missing_cells_are_null_quoted_or_not(read: Read) -> None:
    blocks = read(b'a,b\n1,\n"",x\nNA,"NA"\n', missing=("", "NA"))
    assert cells(blocks) == {"a": [b"1", None, None], "b": [None, b"x", None]}


def test_only_the_declared_cells_are_missing(read: Read) -> None:
    blocks = read(b"a,b\nNA,null\nnan,?\n", missing=("?",))
    assert cells(blocks) == {"a": [b"NA", b"nan"], "b": [b"null", None]}


def test_another_delimiter(read: Read) -> None:
    assert cells(read(b"a;b\n1,5;2\n", delimiter=";")) == {"a": [b"1,5"], "b": [b"2"]}


def test_a_cell_is_bytes_whatever_its_encoding(read: Read) -> None:
    assert cells(read(b"a,b\n1,caf\xe9\n"))["b"] == [b"caf\xe9"]


@pytest.mark.parametrize("before", [b"1,2\n", b'"1\nand more",2\n', b"\n\n1,2\n\n"])
@pytest.mark.parametrize(("row", "cells"), [(b"1", 1), (b"1,2,3", 3), (b"1,caf\xe9,3", 3)])
def test_a_ragged_row_of_the_first_block_is_named(
    prepare: Callable[..., Located], file: Path, before: bytes, row: bytes, cells: int
) -> None:
    with pytest.raises(InputError) as caught:
        prepare(b"a,b\n" + before + row + b"\n3,4\n")
    assert str(caught.value) == (
        f"{file}, row 2: received {cells} cells ({row.decode(errors='replace')!r}); 2 are expected, as in the header"
    )


def test_a_row_longer_than_a_block_is_refused(read: Read, file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(csv_file, "BLOCK_BYTES", 50)
    with pytest.raises(InputError) as caught:
        read(numbered(50) + b"1," + b"x" * 200 + b"\n1,2\n")
    assert re.fullmatch(
        rf"{file}: a row after row [1-9]\d* is longer than 50 bytes, the most that are allowed; "
        "look for a quote that is not closed",
        str(caught.value),
    )


@pytest.mark.parametrize("end", [b"\n", b"\r\n", b"", b"\n\n"])
@pytest.mark.parametrize("size", [100, 4 << 20])
def test_a_quote_that_is_never_closed_is_refused(
    read: Read, file: Path, monkeypatch: pytest.MonkeyPatch, end: bytes, size: int
) -> None:
    monkeypatch.setattr(csv_file, "BLOCK_BYTES", size)
    with pytest.raises(InputError) as caught:
        read(numbered(20) + b'1,"so ""far""\r\n3,4\n5,6' + end)
    assert str(caught.value).startswith(f"{file}, row 21: the last cell's quote is never closed, so that the rest of ")


def test_a_quote_that_is_never_closed_before_the_last_column_is_refused(read: Read) -> None:
    with pytest.raises(InputError, match=r"row 1: received 1 cells \('\"1,abc\\n3,4'\)"):
        read(b'a,b\n"1,abc\n3,4\n')


@given(
    cells=st.lists(st.text('"a,\n\r '), min_size=1).map(lambda cells: [cell.encode() for cell in cells]),
    end=st.sampled_from([b"", b"\n", b"\r\n", b"\n\n"]),
)
def test_closed_quotes_are_never_taken_for_open_ones(
    tmp_path_factory: pytest.TempPathFactory, cells: list[bytes], end: bytes
) -> None:
    file = tmp_path_factory.getbasetemp() / "closed.csv"
    rows = [b'1,"' + cell.replace(b'"', b'""') + b'"' for cell in cells]
    file.write_bytes(b"\n".join([b"a,b", *rows]) + end)
    (block,) = csv_file.blocks(Csv(file.name), str(file), BOTH)
    assert [cell or b"" for cell in block.cells["b"].to_pylist()] == cells


def test_a_quote_inside_a_cell_is_a_character(read: Read) -> None:
    assert cells(read(b'a,b\n1,5" pipe\n2,6"\n'))["b"] == [b'5" pipe', b'6"']


def numbered(rows: int) -> bytes:
    return b"a,b\n" + b"".join(b"%d,x%d\n" % (row, row) for row in range(rows))


@pytest.mark.parametrize("size", [16, 50, 200])
def test_blocks_are_numbered_and_none_of_their_rows_is_lost(
    read: Read, monkeypatch: pytest.MonkeyPatch, size: int
) -> None:
    monkeypatch.setattr(csv_file, "BLOCK_BYTES", size)
    blocks = read(numbered(100))
    assert len(blocks) > 1
    assert [block.index for block in blocks] == list(range(len(blocks)))
    assert cells(blocks)["a"] == [str(row).encode() for row in range(100)]
    for block in blocks:
        # Rows are numbered from 1, and column a from 0.
        assert block.cells["a"][0].as_py() == str(block.first_row - 1).encode()
        assert len(block.keys) == len(block.cells)


@pytest.mark.parametrize("size", range(40, 60))
def test_a_quoted_newline_where_a_block_ends_does_not_end_the_row(
    read: Read, monkeypatch: pytest.MonkeyPatch, size: int
) -> None:
    monkeypatch.setattr(csv_file, "BLOCK_BYTES", size)
    blocks = read(b"a,b\n" + b'1,"two\nlines\nand three"\n' * 20)
    assert len(blocks) > 1
    assert cells(blocks) == {"a": [b"1"] * 20, "b": [b"two\nlines\nand three"] * 20}


def test_every_block_has_one_chunk_a_column(read: Read, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(csv_file, "BLOCK_BYTES", 50)
    assert all(block.cells["a"].num_chunks == 1 for block in read(numbered(50)))


def test_a_column_s_type_is_not_decided_by_the_first_block(read: Read, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(csv_file, "BLOCK_BYTES", 16)
    content = b"a,b\n" + b"1,2\n" * 20 + b"word,\n"
    assert cells(read(content))["a"][-1] == b"word"


def test_a_ragged_row_of_a_later_block_is_named(read: Read, file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(csv_file, "BLOCK_BYTES", 50)
    with pytest.raises(InputError, match=rf"^{file}, row 51: received 3 cells \('1,2,3'\); 2 are expected"):
        read(numbered(50) + b"1,2,3\n")


def test_equal_rows_have_equal_keys_wherever_they_stand(read: Read, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(csv_file, "BLOCK_BYTES", 50)
    blocks = read(b"a,b\nsame,row\n" + numbered(50).partition(b"\n")[2] + b'"same",row\n')
    found = keys(blocks)
    assert len(blocks) > 1
    assert found[0] == found[-1]
    assert len(set(found)) == 51


def test_rows_that_differ_in_a_column_that_is_not_read_have_other_keys(read: Read) -> None:
    first, second = keys(read(b"a,b,id\n1,2,3\n1,2,4\n"))
    assert first != second


def test_a_value_in_the_next_column_makes_another_key(read: Read) -> None:
    first, second, third = keys(read(b"a,b\n1,\n,1\n12,\n"))
    assert len({first, second, third}) == 3


def test_the_titanic_is_read_whole(data: Path) -> None:
    source, columns = Csv("titanic.csv"), ("Age", "Name", "Survived", "Embarked")
    located = csv_file.prepare(source, "titanic", data, columns)
    assert located.fingerprint == TITANIC_SHA256
    blocks = list(csv_file.blocks(source, located.path, columns))
    passengers = cells(blocks)
    missing = {name: passengers[name].count(None) for name in columns}
    assert missing == {"Age": 177, "Name": 0, "Survived": 0, "Embarked": 2}
    assert passengers["Survived"].count(b"1") == 342
    assert passengers["Name"][0] == b"Braund, Mr. Owen Harris"
    assert len(set(keys(blocks))) == 891
