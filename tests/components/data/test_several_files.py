"""Tables of several files, and compressed ones: patterns, folders, zips, equal headers, and where a row is."""

import bz2
import gzip
import lzma
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from components.data import sources
from components.data.sources import Block, columns_file, csv_file
from schemas.errors import InputError
from schemas.sources import Columns, Csv

BOTH = ("a", "b")
PACKED: dict[str, Callable[[bytes], bytes]] = {
    ".gz": gzip.compress, ".xz": lzma.compress, ".zst": zstandard.compress, ".bz2": bz2.compress
}  # fmt: skip


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    path = tmp_path / "ships"
    path.mkdir()
    return path


def put(folder: Path, **files: bytes) -> None:
    """Writes ``part_1="..."`` as part-1.csv."""
    for name, content in files.items():
        path = folder / f"{name.replace('_', '-')}.csv"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)


def zipped(path: Path, **members: bytes) -> None:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name if "/" in name else name.replace("__", "/").replace("_", "."), content)


def read(folder: Path, source: Csv | Columns, limit: int = 0, key: tuple[str, ...] = ()) -> list[Block]:
    located = sources.prepare(source, folder.name, folder.parent, BOTH)
    return list(sources.blocks(source, located.path, BOTH, key, limit))


def cells(blocks: list[Block]) -> list[tuple[Any, Any]]:
    table = pa.concat_tables([block.cells for block in blocks]).to_pydict()
    return list(zip(table["a"], table["b"], strict=True))


def test_the_files_of_a_pattern_are_read_by_name(folder: Path) -> None:
    put(folder, part_2=b"a,b\n3,4\n", part_1=b"a,b\n1,2\n", other=b"c\n1\n")
    blocks = read(folder, Csv("part-*.csv"))
    assert cells(blocks) == [(b"1", b"2"), (b"3", b"4")]
    assert [(block.index, block.first_row, block.rows_before) for block in blocks] == [(0, 1, 0), (1, 2, 1)]
    assert [Path(block.file).name for block in blocks] == ["part-1.csv", "part-2.csv"]


def test_a_folder_is_all_its_csv_files_compressed_or_not(folder: Path) -> None:
    put(folder / "rows", b=b"a,b\n3,4\n")
    (folder / "rows" / "a.csv.gz").write_bytes(gzip.compress(b"a,b\n1,2\n"))
    (folder / "rows" / "notes.txt").write_text("not a table")
    (folder / "rows" / ".hidden.csv").write_text("c\n1\n")
    assert cells(read(folder, Csv("rows"))) == [(b"1", b"2"), (b"3", b"4")]


def test_a_name_with_a_bracket_is_that_file_where_it_is_there(folder: Path) -> None:
    put(folder, **{"part[1]": b"a,b\n1,2\n"}, part1=b"c\n1\n")
    assert cells(read(folder, Csv("part[1].csv"))) == [(b"1", b"2")]


@pytest.mark.parametrize("ending", [*PACKED])
@pytest.mark.parametrize("name", ["rows.csv", "rows.csv{}", "rows.dat"])
def test_the_first_bytes_say_how_a_file_is_compressed(folder: Path, ending: str, name: str) -> None:
    path = folder / name.format(ending)
    packed = PACKED[ending]
    path.write_bytes(packed(b"a,b\n1,2\n") + packed(b"3,4\n"))  # two of them in a row, as `cat` puts files together
    assert cells(read(folder, Csv(path.name))) == [(b"1", b"2"), (b"3", b"4")]
    path.write_bytes(packed(b"1  2\n3 4\n"))
    assert cells(read(folder, Columns(path.name, names=BOTH))) == [(b"1", b"2"), (b"3", b"4")]


@pytest.mark.parametrize("options", [{}, {"encoding": "utf-16", "comment": "#", "skip_rows": 1}])
@pytest.mark.parametrize("ending", ["", *PACKED])
def test_a_compressed_file_is_read_with_the_same_options(folder: Path, ending: str, options: dict[str, Any]) -> None:
    text = "x\na,b\n#1,2\n3,4\n" if options else "a,b\n3,4\n"
    content = text.encode(options.get("encoding", "utf-8"))
    (folder / "rows.csv").write_bytes(PACKED[ending](content) if ending else content)
    assert cells(read(folder, Csv("rows.csv", **options))) == [(b"3", b"4")]


def test_a_zip_is_its_tables(folder: Path) -> None:
    zipped(
        folder / "rows.zip",
        b_csv=b"a,b\n3,4\n",
        sub__a_csv=b"a,b\n5,6\n",
        README_txt=b"text",
        **{"__MACOSX/b.csv": b"x"},
    )
    blocks = read(folder, Csv("rows.zip"))
    assert cells(blocks) == [(b"3", b"4"), (b"5", b"6")]
    assert blocks[1].file == f"{folder}/rows.zip/sub/a.csv"
    zipped(folder / "rows.zip", rows_dat=b"1 2\n")
    assert cells(read(folder, Columns("rows.zip", names=BOTH))) == [(b"1", b"2")]


@pytest.mark.parametrize(
    ("header", "says"),
    [
        (
            b"a,c",
            "received 'c' as column 2; 'b' is expected, as in {first}: all files of a source have the same header",
        ),
        (b"b,a", "received 'b' as column 1; 'a' is expected"),
        (b"a", "received 1 columns ('b' is lacking); the 2 of {first} are expected"),
        (b"a,b,c", "received 3 columns ('c' is one more); the 2 of {first} are expected"),
    ],
)
def test_another_header_is_refused(folder: Path, header: bytes, says: str) -> None:
    put(folder, part_1=b"a,b\n1,2\n", part_2=header + b"\n" + header + b"\n")
    with pytest.raises(InputError) as caught:
        read(folder, Csv("part-*.csv"))
    second = folder / "part-2.csv"
    assert str(caught.value).startswith(f"{second}: {says.format(first=folder / 'part-1.csv')}")


def test_a_file_without_rows_is_one_of_several(folder: Path) -> None:
    put(folder, part_1=b"a,b\n", part_2=b"a,b\n1,2\n")
    assert cells(read(folder, Csv("part-*.csv"))) == [(b"1", b"2")]
    put(folder, part_2=b"a,b\n")
    with pytest.raises(InputError, match=r"^each of the 2 files from .*part-1.csv on has a header but no rows$"):
        read(folder, Csv("part-*.csv"))


def test_a_bad_row_is_named_by_its_file_and_its_row_there(folder: Path) -> None:
    put(folder, part_1=b"a,b\n1,2\n3,4\n", part_2=b"a,b\n5,6\n7,8,9\n")
    with pytest.raises(InputError, match=rf"^{folder}/part-2.csv, row 2: received 3 cells"):
        read(folder, Csv("part-*.csv"))
    put(folder, part_1=b"1 2\n", part_2=b"5 6\n7\n")
    with pytest.raises(InputError, match=rf"^{folder}/part-2.csv, row 2: received 1 cells"):
        read(folder, Columns("part-*.csv", names=BOTH))


@pytest.mark.parametrize("source", [Csv("part-*.csv"), Columns("part-*.csv", names=BOTH, widths=(2, 1))])
def test_a_limit_counts_over_all_files(folder: Path, source: Csv | Columns) -> None:
    for number in range(3):
        put(folder, **{f"part_{number}": b"a,b\n" * isinstance(source, Csv) + b"1,2\n" * 4})
    for limit in range(1, 13):
        assert sum(block.cells.num_rows for block in read(folder, source, limit)) == limit


def test_the_fingerprint_is_of_all_files(folder: Path) -> None:
    put(folder, part_1=b"a,b\n1,2\n", part_2=b"a,b\n3,4\n")
    source = Csv("part-*.csv")
    located = sources.prepare(source, "ships", folder.parent, BOTH)
    assert located.bytes == 16
    assert located.fingerprint == sources.fingerprint(source, located.path)
    put(folder, part_2=b"a,b\n3,5\n")
    assert sources.fingerprint(source, located.path) != located.fingerprint


def test_spans_of_several_files_name_the_file_and_its_row(folder: Path) -> None:
    for span in (1, 2):
        put(folder / f"span-{span}", part_1=b"a,b\n1,2\n3,4\n", part_2=b"a,b\n5,6\n")
    source = Csv("part-*.csv")
    located = sources.prepare(source, "ships", folder.parent, BOTH, span=2, window=2)
    blocks = list(sources.blocks(source, located.path, BOTH))
    assert [block.first_row - block.rows_before for block in blocks] == [1, 1, 1, 1]
    assert [block.first_row for block in blocks] == [1, 3, 4, 6]
    assert blocks[3].file == f"{folder}/span-2/part-2.csv"


@pytest.mark.parametrize("name", ["part-*.csv", "rows-[12].csv", "nowhere/*"])
def test_a_pattern_of_no_file_is_named(folder: Path, name: str) -> None:
    with pytest.raises(InputError) as caught:
        read(folder, Csv(name))
    assert str(caught.value).startswith(f"{folder / name}: there is no such file")


@pytest.mark.parametrize("ending", [*PACKED, ".zip"])
def test_a_damaged_file_is_named_wherever_it_is_cut(folder: Path, ending: str) -> None:
    path = folder / "rows.csv"
    text = b"a,b\n" + b"".join(b"%d,%d\n" % (i, i * 7919 % 10007) for i in range(200_000))
    if ending == ".zip":
        zipped(path, rows_csv=text)
    else:
        path.write_bytes(PACKED[ending](text))
    whole = path.read_bytes()
    for end in (len(whole) - 5, len(whole) // 2, 12):
        path.write_bytes(whole[:end])
        with pytest.raises(InputError, match=f"^{path}") as caught:
            read(folder, Csv("rows.csv"))
        assert "\n" not in str(caught.value)


def test_an_encrypted_and_an_empty_zip_are_refused(folder: Path) -> None:
    path = folder / "rows.zip"
    zipped(path, rows_csv=b"a,b\n1,2\n")
    content = bytearray(path.read_bytes())
    content[content.index(b"PK\x01\x02") + 8] |= 1
    path.write_bytes(content)
    with pytest.raises(InputError, match=f"^{path} is encrypted; unpack it"):
        read(folder, Csv("rows.zip"))
    zipped(path)
    with pytest.raises(InputError, match=f"^{path} is a zip without a file"):
        read(folder, Csv("rows.zip"))


@given(sizes=st.lists(st.integers(0, 6), min_size=1, max_size=5), block=st.integers(8, 60))
def test_rows_of_several_files_are_those_of_one(
    tmp_path_factory: pytest.TempPathFactory, sizes: list[int], block: int
) -> None:
    folder = tmp_path_factory.mktemp("many") / "ships"
    rows = iter(range(100))
    parts = [[next(rows) for _ in range(size)] for size in [*sizes, 1]]
    for number, part in enumerate(parts):
        put(folder, **{f"part_{number}": b"a,b\n" + b"".join(b"%d,x\n" % row for row in part)})
    put(folder, whole=b"a,b\n" + b"".join(b"%d,x\n" % row for part in parts for row in part))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(csv_file, "BLOCK_BYTES", block)
        several, one = read(folder, Csv("part-*.csv")), read(folder, Csv("whole.csv"))
    assert cells(several) == cells(one)
    assert pa.concat_arrays([b.keys for b in several]) == pa.concat_arrays([b.keys for b in one])
    assert [block.index for block in several] == list(range(len(several)))
    for found in several:
        place = found.first_row - found.rows_before
        assert cells([found])[0] == cells(read(folder, Csv(Path(found.file).name)))[place - 1]


def test_a_line_of_columns_longer_than_a_block_names_the_file(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(columns_file, "BLOCK_BYTES", 20)
    monkeypatch.setattr(columns_file, "CHUNK_BYTES", 8)
    put(folder, part_1=b"1 2\n", part_2=b"1 " + b"x" * 50)
    with pytest.raises(InputError, match=f"^{folder}/part-2.csv has a line longer than 20 bytes"):
        read(folder, Columns("part-*.csv", names=BOTH))
