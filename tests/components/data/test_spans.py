"""The spans of a dataset: its files again, in folders of their own."""

from pathlib import Path

import pytest

from components.data import sources
from components.data.sources.spans import of_span, present
from schemas.errors import InputError
from schemas.sources import Csv, Digits, IdxImages, Sql, TextTar

SHA = "0" * 64
TABLE = Csv("sub/t.csv", url="https://example.org/t.csv", sha256=SHA)


def _span(data: Path, folder: str, rows: int) -> None:
    path = data / "t" / folder / "sub" / "t.csv"
    path.parent.mkdir(parents=True)
    path.write_text("a,b\n" + "1,2\n" * rows)


def test_a_spans_files_lie_in_its_folder_and_span_0_is_the_datasets_own(tmp_path: Path) -> None:
    _span(tmp_path, ".", 1)
    _span(tmp_path, "span-7", 2)
    own, seventh = (sources.prepare(TABLE, "t", tmp_path, ("a", "b"), span) for span in (0, 7))
    assert (own.path, own.span) == (str(tmp_path / "t" / "sub" / "t.csv"), 0)
    assert (seventh.path, seventh.span) == (str(tmp_path / "t" / "span-7" / "sub" / "t.csv"), 7)
    assert own.fingerprint != seventh.fingerprint
    (block,) = sources.blocks(TABLE, seventh.path, ("a", "b"))
    assert block.cells.num_rows == 2


def test_a_span_that_is_not_there_is_refused_with_those_that_are(tmp_path: Path) -> None:
    for folder in ("span-10", "span-2", "span-x", "span-03"):
        _span(tmp_path, folder, 1)
    with pytest.raises(InputError, match=r"--span 3: .*\(spans there: 2, 10\); put sub/t.csv into .*/t/span-3$"):
        sources.prepare(TABLE, "t", tmp_path, ("a",), 3)
    _span(tmp_path, ".", 1)
    assert present(TABLE, "t", tmp_path) == [0, 2, 10]


def test_no_span_is_downloaded(tmp_path: Path) -> None:
    (tmp_path / "t" / "span-1").mkdir(parents=True)
    with pytest.raises(InputError, match=r"span-1/sub/t\.csv is missing"):
        sources.prepare(TABLE, "t", tmp_path, ("a",), 1)


def test_every_kind_of_source_moves_its_files(tmp_path: Path) -> None:
    pictures = IdxImages.mnist_files(
        "https://example.org", train_images=SHA, train_labels=SHA, test_images=SHA, test_labels=SHA
    )
    for source in (TABLE, TextTar("t.tar", "(?P<a>.*)"), pictures):
        (tmp_path / "t" / "span-1").mkdir(parents=True, exist_ok=True)
        moved = of_span(source, "t", tmp_path, 1)
        assert [file.name for file in moved.files] == [f"span-1/{file.name}" for file in source.files]
        assert not any(file.url for file in moved.files)
    with pytest.raises(InputError, match="digits comes with a library and has no spans"):
        of_span(Digits(), "digits", tmp_path, 1)
    with pytest.raises(InputError, match="ships is read by a query and has no spans"):
        of_span(Sql("sqlite:///ships.db", "SELECT 1"), "ships", tmp_path, 1)


def _rows(located: sources.Located, limit: int = 0) -> list[tuple[int, int, list[bytes]]]:
    blocks = sources.blocks(TABLE, located.path, ("a",), limit=limit)
    return [(block.index, block.first_row, block.cells["a"].to_pylist()) for block in blocks]


def test_a_window_is_the_last_spans_together_the_oldest_first(tmp_path: Path) -> None:
    for number in (1, 2, 3):
        _span(tmp_path, f"span-{number}", number)
        (tmp_path / "t" / f"span-{number}" / "sub" / "t.csv").write_text("a,b\n" + f"{number},0\n" * number)
    both = sources.prepare(TABLE, "t", tmp_path, ("a",), 3, 2)
    assert (both.span, both.window) == (3, 2)
    assert _rows(both) == [(0, 1, [b"2", b"2"]), (1, 3, [b"3", b"3", b"3"])]
    assert _rows(both, limit=3) == [(0, 1, [b"2", b"2"]), (1, 3, [b"3"])]
    assert _rows(both, limit=2) == [(0, 1, [b"2", b"2"])]
    one = [sources.prepare(TABLE, "t", tmp_path, ("a",), number) for number in (1, 2, 3)]
    assert both.bytes == one[1].bytes + one[2].bytes
    assert both.fingerprint == sources.fingerprint(TABLE, both.path)
    # A change of any span is a change of the data, and so is another window.
    whole = sources.prepare(TABLE, "t", tmp_path, ("a",), 3, 3)
    (tmp_path / "t" / "span-2" / "sub" / "t.csv").write_text("a,b\n9,0\n")
    changed = sources.prepare(TABLE, "t", tmp_path, ("a",), 3, 2)
    assert len({both.fingerprint, whole.fingerprint, changed.fingerprint, *(found.fingerprint for found in one)}) == 6


def test_a_row_of_a_window_is_known_by_its_span_and_its_row_there(tmp_path: Path) -> None:
    for number in (1, 2):
        _span(tmp_path, f"span-{number}", 2)
    located = sources.prepare(TABLE, "t", tmp_path, ("a",), 2, 2)
    first, second = sources.blocks(TABLE, located.path, ("a",))
    assert (first.rows_before, second.rows_before) == (0, 2)
    assert second.file == str(tmp_path / "t" / "span-2" / "sub" / "t.csv")


def test_a_window_of_one_span_is_that_span(tmp_path: Path) -> None:
    _span(tmp_path, "span-2", 2)
    assert sources.prepare(TABLE, "t", tmp_path, ("a",), 2, 1) == sources.prepare(TABLE, "t", tmp_path, ("a",), 2)


@pytest.mark.parametrize(
    ("span", "window", "message"),
    [
        (0, 2, "--window 2: give the last span of the window, too, with --span N"),
        (2, 3, "--window 3: spans begin with 1; at most 2 is expected with --span 2"),
        (3, 2, "--span 2: .*has no such span"),
    ],
)
def test_a_window_that_is_not_there_is_refused(tmp_path: Path, span: int, window: int, message: str) -> None:
    _span(tmp_path, "span-3", 1)
    with pytest.raises(InputError, match=message):
        sources.prepare(TABLE, "t", tmp_path, ("a",), span, window)
