"""CSV files as they come: other quotes, encodings, comments, no header; and odd ones, each read right or refused clearly."""

import codecs
import csv
import io
import re
import tracemalloc
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.data.sources import csv_file
from schemas import events
from schemas.csv_files import lines
from schemas.csv_files.dialect import Dialect
from schemas.errors import InputError
from schemas.sources import Csv

BOTH = ("a", "b")
Read = Callable[..., dict[str, list[bytes | None]]]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "ships" / "ships.csv"
    path.parent.mkdir()
    return path


def rows_of(file: Path, columns: tuple[str, ...], options: dict[str, Any]) -> dict[str, list[bytes | None]]:
    source = Csv(file.name, **options)
    assert list(source.problems()) == []
    located = csv_file.prepare(source, file.parent.name, file.parent.parent, columns)
    blocks = list(csv_file.blocks(source, located.path, columns))
    return pa.concat_tables([block.cells for block in blocks]).to_pydict()


@pytest.fixture
def read(file: Path) -> Read:
    def read(content: bytes, columns: tuple[str, ...] = BOTH, **options: Any) -> dict[str, list[bytes | None]]:
        file.write_bytes(content)
        return rows_of(file, columns, options)

    return read


CELLS = st.text(st.characters(codec="utf-16", exclude_characters="\0"), max_size=6) | st.text(
    "ab,;\"#\n\r '", max_size=6
)


@given(
    rows=st.lists(st.tuples(CELLS, CELLS), min_size=1, max_size=20),
    delimiter=st.sampled_from(",;\t|"),
    quote=st.sampled_from("\"'"),
    end=st.sampled_from(["\n", "\r\n"]),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-32", "gb18030"]),
    comment=st.sampled_from(["", "#"]),
    skipped=st.integers(0, 3),
    header=st.booleans(),
    chunk=st.integers(1, 40),
    block=st.integers(150, 400),
)
def test_what_csv_writer_writes_is_read_back(
    tmp_path_factory: pytest.TempPathFactory,
    rows: list[tuple[str, str]],
    delimiter: str,
    quote: str,
    end: str,
    encoding: str,
    comment: str,
    skipped: int,
    header: bool,
    chunk: int,
    block: int,
) -> None:
    out = io.StringIO()
    writer = csv.writer(out, delimiter=delimiter, quotechar=quote, lineterminator=end, quoting=csv.QUOTE_ALL)
    out.write(f'exported "today, by{end}' * skipped)
    written = [BOTH, *rows] if header else rows
    for row in written:
        if comment:
            out.write(f"{comment} a {quote}comment{delimiter}{end}")
        writer.writerow(row)
    file = tmp_path_factory.getbasetemp() / "ships" / "ships.csv"
    file.parent.mkdir(exist_ok=True)
    file.write_bytes(out.getvalue().encode(encoding))
    options = {"delimiter": delimiter, "quote": quote, "encoding": encoding, "comment": comment, "skip_rows": skipped}
    options |= {"missing": ()} | ({} if header else {"header": False, "names": BOTH})
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(lines, "_CHUNK", chunk)
        patch.setattr(csv_file, "BLOCK_BYTES", block)
        found = rows_of(file, BOTH, options)
    assert list(zip(found["a"], found["b"], strict=True)) == [(a.encode(), b.encode()) for a, b in rows]


def test_without_quotes_a_quote_is_a_character(read: Read) -> None:
    assert read(b'a,b\n"1,2"\n', quote="") == {"a": [b'"1'], "b": [b'2"']}


@pytest.mark.parametrize("comment", ["", "#"])
def test_a_quote_that_is_none_of_the_options_is_a_character(read: Read, comment: str) -> None:
    assert read(b"a,b\n5\" x,'6,7'\n", quote="'", comment=comment) == {"a": [b'5" x'], "b": [b"6,7"]}


def test_a_comment_is_a_whole_line_outside_of_quotes(read: Read) -> None:
    content = b'# made by hand\na,b\n#1,2\n3,#4\n"x\n#5",5" # "\r\n#\r\n#last'
    assert read(content, comment="#") == {"a": [b"3", b"x\n#5"], "b": [b"#4", b'5" # "']}


def test_a_quote_that_is_never_closed_is_refused_with_other_quotes_too(read: Read, file: Path) -> None:
    with pytest.raises(InputError, match="row 2: the last cell's quote is never closed"):
        read(b"a,b\n1,2\n3,'four\n5,6\n", quote="'", comment="#")


def test_a_row_longer_than_a_block_is_refused_though_comments_are_looked_for(
    read: Read, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(csv_file, "BLOCK_BYTES", 400)
    monkeypatch.setattr(lines, "_CHUNK", 50)
    monkeypatch.setattr(lines, "_LONGEST", 800)
    with pytest.raises(InputError, match=f"^{file}: a row after row .* is longer than 400 bytes"):
        read(b"a,b\n" + b"1,2\n" * 100 + b'3,"' + b"#x\n" * 2000, comment="#")


def test_rows_without_a_header_are_named_by_the_page(read: Read, file: Path) -> None:
    assert read(b"\xef\xbb\xbf1,2\n3,4\n", header=False, names=BOTH) == {"a": [b"1", b"3"], "b": [b"2", b"4"]}
    with pytest.raises(InputError) as caught:
        read(b"1,2\n3,4,5\n", header=False, names=BOTH)
    assert str(caught.value) == (f"{file}, row 2: received 3 cells ('3,4,5'); 2 are expected, as names says")


@pytest.mark.parametrize("content", [b"", b"\n", b"one\n", b"one\ntwo", b"one\r\ntwo\r\n", b"\n\n\n"])
def test_a_file_that_ends_before_its_header_is_refused(read: Read, file: Path, content: bytes) -> None:
    with pytest.raises(InputError, match=f"^{file} (is empty|has blank lines alone)"):
        read(content, skip_rows=2)


def test_the_lines_before_the_header_are_lines_of_the_file(read: Read) -> None:
    assert read(b'\xef\xbb\xbf"Export\r\nof"\r\na,b\r\n1,2\r\n', skip_rows=2) == {"a": [b"1"], "b": [b"2"]}


def test_a_long_line_that_is_passed_over_is_not_kept_in_memory() -> None:
    chunks = [*[b"x" * 1_000_000] * 30, b"\r", b"\na,b\r\n"]
    tracemalloc.start()
    try:
        assert b"".join(lines._skipped(iter(chunks), 1)) == b"a,b\r\n"
        assert tracemalloc.get_traced_memory()[1] < 5_000_000
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("encoding", ["latin-1", "windows-1252", "utf-16", "utf-16-be"])
def test_other_encodings_become_utf_8(read: Read, encoding: str) -> None:
    content = "a,Größe\n1,café\n".encode(encoding)
    assert read(content, ("a", "Größe"), encoding=encoding) == {"a": [b"1"], "Größe": ["café".encode()]}


def test_bytes_that_are_not_of_the_encoding_are_placed(read: Read, file: Path) -> None:
    with pytest.raises(InputError, match=rf"^{file}, after line 1: not ascii: .*; say the file's encoding$"):
        read(b"a,b\n1,caf\xe9\n", encoding="ascii")


def test_a_file_that_is_not_utf_8_names_the_option(read: Read) -> None:
    with pytest.raises(InputError, match='or say its encoding, such as encoding="latin-1"'):
        read("Größe,b\n1,2\n".encode("latin-1"))


# One odd file stands for all of its kind: it is read right, or refused in one line that says what to do.
@pytest.mark.parametrize(
    ("content", "found"),
    [
        (codecs.BOM_UTF8 + b"a,b\r\n1,2\r\n", {"a": [b"1"], "b": [b"2"]}),
        (b"a,b\r1,2\r", {"a": [b"1"], "b": [b"2"]}),  # line ends of old Macs
        (b"a,b\n\n\n1,2\n\n", {"a": [b"1"], "b": [b"2"]}),
        (b"a,b,\n1,2,\n", {"a": [b"1"], "b": [b"2"]}),
        (b"a,b,,,\n1,2,,,\n", {"a": [b"1"], "b": [b"2"]}),  # what Excel writes of columns that were emptied
        (b",a,b\n0,1,2\n", {"a": [b"1"], "b": [b"2"]}),  # the index that pandas writes
        (b'"a" , b\n1,2\n', {"a": [b"1"], "b": [b"2"]}),
        (b'"a","b"\n"1","2"', {"a": [b"1"], "b": [b"2"]}),
        (b"a,b\n1,x\0y\n", {"a": [b"1"], "b": [b"x\0y"]}),
        (b'a,b,"c, ""d""\n"\n1,2,3\n', {"a": [b"1"], "b": [b"2"]}),
        (b"a,b, a \n1,2,3\n", {"a": [b"1"], "b": [b"2"]}),  # names that differ in spaces alone stay as they are
    ],
)
def test_an_odd_file_is_read_right(read: Read, content: bytes, found: dict[str, list[bytes]]) -> None:
    assert read(content) == found


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("a,b\n1,2\n".encode("utf-16"), 'is UTF-16; say encoding="utf-16", or save it as UTF-8'),
        ("a,b\n1,2\n".encode("utf-16-le"), 'of text in UTF-16 say encoding="utf-16-le" or "utf-16-be"'),
        (b"a,b,a\n1,2,3\n", "has the column 'a' twice; each name may stand once"),
        (b"a\x1b,b,a\x1b\n1,2,3\n", r"has the column 'a\x1b' twice"),
        (b"a,b\n", "has a header but no rows"),
        (b"a,b\n1,2,\n3,4,\n", "row 1: received 3 cells ('1,2,'); 2 are expected, as in the header"),
        (b"a ,B\n1,2\n", "has no column 'b', which ships needs; its columns are 'a', 'B'"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1\0\0", "text is expected"),  # an old Excel workbook
    ],
)
def test_an_odd_file_is_refused_in_one_line(read: Read, file: Path, content: bytes, says: str) -> None:
    with pytest.raises(InputError) as caught:
        read(content)
    line = str(caught.value)
    assert line.startswith(str(file)) and says in line and "\n" not in line


def test_spaces_around_names_are_said(read: Read, file: Path) -> None:
    notes: list[Any] = []
    with events.listening(notes.append):
        assert read(b" a,b \n1,2\n") == {"a": [b"1"], "b": [b"2"]}
    assert notes == [events.Note(f"{file}: spaces around these column names do not count: ' a', 'b '")]


@given(
    text=st.text('a,"\r\n#', max_size=60).map(str.encode),
    sizes=st.lists(st.integers(1, 20), min_size=1, max_size=10),
    quote=st.sampled_from(['"', ""]),
)
def test_comments_are_left_out_wherever_the_text_is_cut(text: bytes, sizes: list[int], quote: str) -> None:
    dialect = Dialect.of({"comment": "#", "quote": quote})

    def without(sizes: Iterable[int]) -> bytes:
        file = io.BytesIO(text)
        return b"".join(lines._without_comments(iter([file.read(size) for size in sizes]), dialect))

    assert without([*sizes, -1]) == without([-1]) == _by_cells(text, quote)


def _by_cells(text: bytes, quote: str) -> bytes:
    """The text without its comments, character by character."""
    kept, at, begins = b"", 0, True
    while at < len(text):
        if begins and text[at : at + 1] == b"#":
            found = re.compile(rb"[^\r\n]*(?:\r\n|[\r\n]|\Z)").match(text, at)
            assert found is not None
            at = found.end()
            continue
        end = at + 1
        if quote and text[at : at + 1] == b'"' and (not at or text[at - 1 : at] in (b",", b"\r", b"\n")):
            while end < len(text) and (text[end : end + 1] != b'"' or text[end : end + 2] == b'""'):
                end += 2 if text[end : end + 2] == b'""' else 1
            end += 1
        kept, begins, at = kept + text[at:end], text[end - 1 : end] in (b"\r", b"\n"), end
    return kept
