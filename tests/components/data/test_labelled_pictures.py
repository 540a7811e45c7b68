"""Pictures that a CSV file names, with more of its columns, through ExampleGen on real digits and fashion."""

import gzip
import re
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from components.data import sources
from components.data.sources import Block
from components.data.sources.labelled_pictures import Index
from schemas import events
from schemas.errors import InputError
from schemas.sources import ImageFolder

COLUMNS = {"image": "image", "weight": "number", "label": "label"}


@pytest.fixture(scope="session")
def pixels(data: Path) -> np.ndarray:
    """The first 40 test pictures of Fashion-MNIST, uint8[40, 28, 28]."""
    raw = gzip.decompress((data / "fashion_mnist" / "t10k-images-idx3-ubyte.gz").read_bytes())
    return np.frombuffer(raw, np.uint8, offset=16)[: 40 * 784].reshape(-1, 28, 28)


@pytest.fixture
def folder(tmp_path: Path, pixels: np.ndarray) -> Path:
    """``ships/`` with 40 pictures in two folders, and a CSV file of them."""
    place = tmp_path / "ships"
    lines = ["file,label,weight,note"]
    for number, picture in enumerate(pixels):
        name = f"{'ab'[number % 2]}/{number:02d}.{'png' if number % 3 else 'webp'}"
        (place / "pictures" / name).parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(picture).save(place / "pictures" / name, lossless=True)
        lines.append(f"{name},{('no', 'yes')[number % 2]},{number}.5,")
    (place / "labels.csv").write_text("\n".join(lines) + "\n")
    return place


@pytest.fixture
def notes() -> Iterator[list[str]]:
    """The texts of the notes that are published."""
    heard: list[str] = []
    with events.listening(lambda event: heard.append(event.text) if isinstance(event, events.Note) else None):
        yield heard


def read(
    data: Path, columns: tuple[str, ...], key: tuple[str, ...] = (), limit: int = 0, **options: Any
) -> list[Block]:
    source = ImageFolder(**{"file": "pictures", "labels": "labels.csv"} | options)
    located = sources.prepare(source, "ships", data, (*columns, *key))
    assert sources.fingerprint(source, located.path) == located.fingerprint
    return list(sources.blocks(source, located.path, columns, key, limit))


def test_a_picture_stands_beside_numbers_and_its_label(
    folder: Path, generate: Callable[..., dict[str, list[dict[str, Any]]]]
) -> None:
    found = generate(ImageFolder("pictures", labels="labels.csv"), COLUMNS, ())
    rows = [row for split in found.values() for row in split]
    assert sorted((row["weight"][0], row["label"][0]) for row in rows) == [(n + 0.5, n % 2) for n in range(40)]
    assert all(row["image"][0].startswith(b"\x89PNG") for row in rows)


def test_a_zip_is_read_as_the_folder_is(folder: Path, tmp_path: Path) -> None:
    with zipfile.ZipFile(folder / "pictures.zip", "w") as archive:
        for file in sorted((folder / "pictures").rglob("*.*")):
            archive.write(file, file.relative_to(folder / "pictures"))
    (one,), (other,) = read(tmp_path, ("image", "note")), read(tmp_path, ("image", "note"), file="pictures.zip")
    assert one.cells.equals(other.cells)
    assert one.keys.equals(other.keys)


def test_the_key_is_the_picture_or_what_the_page_says(folder: Path, tmp_path: Path) -> None:
    (block,) = read(tmp_path, ("label", "image"))
    assert block.keys.to_pylist() == block.cells["image"].to_pylist()
    (block,) = read(tmp_path, ("label",), ("weight",))
    assert block.keys[3].as_py() == b"3.5"


@pytest.mark.parametrize("form", ["{path}", "./{path}", "{name}", "{stem}", "{folder}\\{name}", "{folder}/{stem}"])
def test_a_picture_has_several_names(folder: Path, tmp_path: Path, form: str) -> None:
    lines = ["id;label".replace(";", ",")]
    for file in sorted((folder / "pictures").rglob("*.*")):
        path = file.relative_to(folder / "pictures")
        lines.append(form.format(path=path, name=path.name, stem=path.stem, folder=path.parent) + ",no")
    (folder / "labels.csv").write_text("\n".join(lines) + "\n")
    (block,) = read(tmp_path, ("image",), file_column="id")
    assert len(block.cells) == 40


def test_a_name_of_two_pictures_means_none() -> None:
    index = Index(["a/1.png", "b/1.png", "b/2.png"])
    assert [index.find(name) for name in ("1.png", "1", "a/1", "2", "3")] == [None, None, "a/1.png", "b/2.png", None]


def test_a_column_split_is_the_official_split(folder: Path, tmp_path: Path) -> None:
    lines = (folder / "labels.csv").read_text().splitlines()
    splits = ["split", *(("train", "val", "test", "train")[number % 4] for number in range(40))]
    (folder / "labels.csv").write_text("\n".join(f"{line},{split}" for line, split in zip(lines, splits, strict=True)))
    (block,) = read(tmp_path, ("label",))
    assert block.splits.to_pylist().count("test") == 10
    (block,) = read(tmp_path, ("label",), limit=8)
    assert block.splits.to_pylist().count("test") == 2


def test_a_split_that_is_none_is_said(folder: Path, tmp_path: Path, notes: list[str]) -> None:
    lines = (folder / "labels.csv").read_text().splitlines()
    splits = ["split", "train", "", *["test"] * 38]
    (folder / "labels.csv").write_text("\n".join(f"{line},{split}" for line, split in zip(lines, splits, strict=True)))
    (block,) = read(tmp_path, ("label",))
    assert block.splits is None
    assert any("labels.csv: row 2 of column 'split' says '', which is none of train, test," in note for note in notes)


def test_rows_without_a_picture_and_damaged_pictures_are_named_and_left_out(
    folder: Path, tmp_path: Path, notes: list[str]
) -> None:
    (folder / "pictures" / "a" / "02.png").unlink()
    (folder / "pictures" / "b" / "01.png").write_bytes(b"\x89PNG\r\n\x1a\n damaged")
    (block,) = read(tmp_path, ("label",))
    assert len(block.cells) == 38
    assert any("labels.csv: 1 row left out, whose picture is not in" in note and "'a/02.png'" in note for note in notes)
    assert any("1 picture left out: 'b/01.png' (" in note for note in notes)


def test_a_row_is_known_by_its_number_in_the_csv_file(
    folder: Path, tmp_path: Path, generate: Callable[..., object]
) -> None:
    (folder / "pictures" / "a" / "02.png").unlink()
    text = (folder / "labels.csv").read_text()
    (folder / "labels.csv").write_text(text.replace("39.5", "heavy"))
    (block,) = read(tmp_path, ("weight",))
    assert block.rows.to_pylist() == [1, 2, *range(4, 41)]
    with pytest.raises(AssertionError, match=r"ships/labels\.csv, row 40, column 'weight': received 'heavy'"):
        generate(ImageFolder("pictures", labels="labels.csv"), COLUMNS, ())


def test_a_span_has_a_csv_file_of_its_own(folder: Path, tmp_path: Path) -> None:
    (folder / "span-1").mkdir()
    (folder / "pictures").rename(folder / "span-1" / "pictures")
    source = ImageFolder("pictures", labels="labels.csv")
    with pytest.raises(InputError, match=r"span-1/labels\.csv is missing"):
        sources.prepare(source, "ships", tmp_path, ("label",), 1)
    (folder / "labels.csv").rename(folder / "span-1" / "labels.csv")
    located = sources.prepare(source, "ships", tmp_path, ("label",), 1)
    (block,) = sources.blocks(source, located.path, ("label",))
    assert len(block.cells) == 40
    with pytest.raises(InputError, match="are at an address"):
        sources.prepare(ImageFolder("pictures", labels="s3://b/labels.csv"), "ships", tmp_path, ("label",), 1)


def test_a_limit_is_the_first_rows(folder: Path, tmp_path: Path) -> None:
    (block,) = read(tmp_path, ("weight",), limit=7)
    assert block.cells["weight"].to_pylist() == [f"{number}.5".encode() for number in range(7)]


@pytest.mark.parametrize(
    ("header", "options", "reason"),
    [
        ("file,label", {"labels": "no.csv"}, r"ships/no\.csv is missing"),
        ("file,label", {"file": "no"}, r"ships/no is missing"),
        ("path,label", {}, r"labels\.csv has no column 'file', which ships needs; its columns are 'path', 'label'"),
        ("file,klass", {}, r"labels\.csv has no column 'label', which ships needs; its columns are 'file', 'klass'"),
        ("file,image", {}, r"labels\.csv has a column 'image', which is the name of the picture's own; rename it"),
        ("label,file", {}, r"labels\.csv: none of the 2 files of column 'file' is in .*pictures"),
    ],
)
def test_what_is_wrong_is_named(
    folder: Path, tmp_path: Path, header: str, options: dict[str, str], reason: str
) -> None:
    (folder / "labels.csv").write_text(f"{header}\na/02.png,no\nb/01.png,yes\n")
    with pytest.raises(InputError, match=reason):
        read(tmp_path, ("image", "label"), **options)


def test_both_are_part_of_the_fingerprint(folder: Path, tmp_path: Path) -> None:
    source = ImageFolder("pictures", labels="labels.csv")
    found = {sources.prepare(source, "ships", tmp_path, ("label",)).fingerprint}
    text = (folder / "labels.csv").read_text()
    (folder / "labels.csv").write_text(re.sub("39.5", "40.5", text))
    found.add(sources.prepare(source, "ships", tmp_path, ("label",)).fingerprint)
    (folder / "pictures" / "a" / "02.png").rename(folder / "pictures" / "a" / "99.png")
    found.add(sources.prepare(source, "ships", tmp_path, ("label",)).fingerprint)
    assert len(found) == 3
