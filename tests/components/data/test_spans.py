"""The spans of a dataset: its files again, in folders of their own."""

from pathlib import Path

import pytest

from components.data import sources
from components.data.sources.spans import of_span, present
from schemas.errors import InputError
from schemas.sources import Csv, Digits, IdxImages, TextTar

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
