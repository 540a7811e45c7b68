import io
import os
import tempfile
import zipfile
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from components.data import sources
from components.data.sources import Block, image_folder, pictures
from schemas import events
from schemas.errors import InputError
from schemas.sources import ImageFolder

COLUMNS = ("image", "label", "file")
Digits = dict[str, bytes]


@pytest.fixture(scope="module")
def digits() -> Digits:
    """Forty of scikit-learn's digits as PNG files in a folder for each class: ``3/13.png``."""
    from sklearn.datasets import load_digits

    found = load_digits()
    return {
        f"{found.target[row]}/{row}.png": encoded(Image.fromarray((found.images[row] * 15.9375).astype("uint8")))
        for row in range(40)
    }


def encoded(picture: Image.Image, kind: str = "PNG", **options: Any) -> bytes:
    buffer = io.BytesIO()
    picture.save(buffer, kind, **options)
    return buffer.getvalue()


def unpacked(folder: Path, members: dict[str, bytes]) -> None:
    for name, content in members.items():
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)


def zipped(path: Path, members: dict[str, bytes]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)


def read(root: Path, file: str = "pictures", **options: Any) -> tuple[list[Block], list[str]]:
    notes: list[str] = []
    source = ImageFolder(file)
    with events.listening(lambda event: notes.append(str(getattr(event, "text", event)))):
        located = sources.prepare(source, "signs", root, COLUMNS)
        found = list(sources.blocks(source, located.path, COLUMNS, **options))
    return found, notes


def rows(blocks: list[Block]) -> list[dict[str, bytes]]:
    return [row for block in blocks for row in block.cells.to_pylist()]


def labels(blocks: list[Block]) -> Counter[str]:
    return Counter(row["label"].decode() for row in rows(blocks))


def pixels(content: bytes) -> np.ndarray:
    import tensorflow as tf

    return tf.io.decode_image(content, channels=3, expand_animations=False).numpy()


@pytest.mark.parametrize("put", [unpacked, zipped])
@pytest.mark.parametrize("above", ["", "holiday/", "a/b/"])
def test_each_picture_is_a_row_of_its_folders_class(
    put: Callable[[Path, Digits], None], above: str, digits: Digits, tmp_path: Path
) -> None:
    put(tmp_path / "signs" / "pictures", {above + name: content for name, content in digits.items()})
    found, notes = read(tmp_path)
    assert {row["file"].decode(): row["image"] for row in rows(found)} == {
        above + name: content for name, content in digits.items()
    }
    assert all(row["label"].decode() == row["file"].decode().removeprefix(above)[0] for row in rows(found))
    assert found[0].keys.to_pylist() == [row["image"] for row in rows(found)]
    assert found[0].splits is None and notes == []


def test_train_and_test_folders_are_the_official_split(digits: Digits, tmp_path: Path) -> None:
    names = list(digits)
    parts = {name: ("Train", "test", "val")[index % 3] for index, name in enumerate(names)}
    unpacked(tmp_path / "signs" / "pictures", {f"{parts[name]}/{name}": digits[name] for name in names})
    (block,), _ = read(tmp_path)
    assert block.splits is not None
    for row, split in zip(rows([block]), block.splits.to_pylist(), strict=True):
        top, label, _ = row["file"].decode().split("/")
        assert split == ("test" if top == "test" else "train") and row["label"].decode() == label


def test_a_folder_beside_those_of_the_splits_is_an_error_that_names_it(digits: Digits, tmp_path: Path) -> None:
    members = {f"{('train', 'test')[i % 2]}/{name}": content for i, (name, content) in enumerate(digits.items())}
    content = next(iter(digits.values()))
    unpacked(tmp_path / "signs" / "pictures", members | {"more/1.png": content, "old/0/1.png": content})
    with pytest.raises(InputError) as caught:
        read(tmp_path)
    assert str(caught.value) == (
        f"{tmp_path / 'signs' / 'pictures'}: beside the folders of the splits ('test', 'train') there are 'more', 'old', "
        "which are of none of them; move them into these, or elsewhere"
    )


def test_a_picture_beside_the_folders_of_the_splits_or_their_classes_is_left_out(
    digits: Digits, tmp_path: Path
) -> None:
    members = {f"{('train', 'test')[i % 2]}/{name}": content for i, (name, content) in enumerate(digits.items())}
    content = next(iter(digits.values()))
    unpacked(tmp_path / "signs" / "pictures", members | {"1.png": content, "train/1.png": content})
    (block,), notes = read(tmp_path)
    assert set(labels([block])) == set("0123456789") and len(rows([block])) == len(digits)
    assert [note for note in notes if "2 files in no class folder, left out: '1.png', 'train/1.png'" in note]


def test_classes_may_be_named_as_a_split_is(digits: Digits, tmp_path: Path) -> None:
    contents = list(digits.values())
    unpacked(
        tmp_path / "signs" / "pictures",
        {"train/1.png": contents[0], "test/1.png": contents[1], "bus/1.png": contents[2]},
    )
    assert set(labels(read(tmp_path)[0])) == {"train", "test", "bus"}


def test_a_validation_folder_alone_makes_no_test_set(digits: Digits, tmp_path: Path) -> None:
    members = {f"{('train', 'val')[i % 2]}/{name}": content for i, (name, content) in enumerate(digits.items())}
    unpacked(tmp_path / "signs" / "pictures", members)
    (block,), _ = read(tmp_path)
    assert block.splits is None and set(labels([block])) == set("0123456789")


def test_what_is_no_picture_is_named_and_left_out(digits: Digits, tmp_path: Path) -> None:
    name, content = next(iter(digits.items()))
    more = {
        "0/notes.txt": b"no picture",
        "__MACOSX/0/._0.png": b"\0",
        ".DS_Store": b"\0",
        "above.png": content,
        "1/cut.png": content[:-30],
        "1/none.jpg": b"hello",
    }
    unpacked(tmp_path / "signs" / "pictures", {**digits, **more})
    found, notes = read(tmp_path)
    assert rows(found)[0]["file"].decode() == name and len(rows(found)) == len(digits)
    text = "\n".join(notes)
    assert "3 files no pictures" in text and "1 file in no class folder" in text and "'above.png'" in text
    assert "2 pictures left out: '1/cut.png' (damaged: " in text and "'1/none.jpg' (no picture" in text


def test_a_limit_keeps_every_class(digits: Digits, tmp_path: Path) -> None:
    unpacked(tmp_path / "signs" / "pictures", digits)
    found, _ = read(tmp_path, limit=12)
    assert sum(labels(found).values()) == 12 and set(labels(found)) == set("0123456789")


def test_a_class_folder_that_is_a_link_is_read_once(digits: Digits, tmp_path: Path) -> None:
    unpacked(tmp_path / "elsewhere", digits)
    folder = tmp_path / "signs" / "pictures"
    folder.mkdir(parents=True)
    for label in "01":
        (folder / label).symlink_to(tmp_path / "elsewhere" / label)
    (folder / "1" / "loop").symlink_to(folder)
    found, _ = read(tmp_path)
    assert labels(found) == {label: sum(name[0] == label for name in digits) for label in "01"}


@pytest.mark.parametrize("kind", ["WEBP", "BMP", "GIF"])
def test_other_formats_become_png_with_the_same_pixels(kind: str, tmp_path: Path) -> None:
    picture = Image.fromarray(np.random.default_rng(1).integers(0, 255, (9, 7), dtype=np.uint8)).convert("RGB")
    content = encoded(
        picture.quantize(200) if kind == "GIF" else picture, kind, **({"lossless": True} if kind == "WEBP" else {})
    )
    found = pictures.readable(content)
    assert found.startswith(b"\x89PNG")
    assert (pixels(found) == np.asarray(Image.open(io.BytesIO(content)).convert("RGB"))).all()


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_photograph_stands_upright(orientation: int) -> None:
    gradient = np.add.outer(np.arange(0, 160, 2), np.arange(0, 96)).astype(np.uint8)
    exif = Image.Exif()
    exif[0x0112] = orientation
    content = encoded(Image.fromarray(gradient), "JPEG", exif=exif, quality=95)
    found = pixels(pictures.readable(content))[..., 0].astype(int)
    # As a viewer shows it: rows 1 and columns 0 say where the picture's top and left are (EXIF 2.3, tag 274).
    upright = {
        1: gradient, 2: gradient[:, ::-1], 3: gradient[::-1, ::-1], 4: gradient[::-1], 5: gradient.T,
        6: gradient[::-1].T, 7: gradient[::-1, ::-1].T, 8: gradient[:, ::-1].T,
    }  # fmt: skip
    assert found.shape == upright[orientation].shape
    assert np.abs(found - upright[orientation]).max() < 12
    assert (pictures.readable(content) == content) == (orientation == 1)


def test_a_jpeg_in_cmyk_is_written_as_rgb() -> None:
    content = encoded(Image.new("CMYK", (8, 8), (0, 255, 255, 0)), "JPEG")
    assert np.abs(pixels(pictures.readable(content)) - [254, 0, 0]).max() < 8


def test_a_picture_of_too_many_pixels_is_refused_before_it_is_decoded() -> None:
    content = encoded(Image.new("1", (10_000, 5_001)))
    with pytest.raises(pictures.PictureError, match="50,000,000 are the most"):
        pictures.readable(content)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data(), kind=st.sampled_from(["PNG", "JPEG", "GIF", "BMP", "WEBP"]))
def test_what_is_taken_can_be_decoded_by_the_graph(kind: str, data: st.DataObject) -> None:
    noise = np.random.default_rng(3).integers(0, 255, (24, 24, 3), dtype=np.uint8)
    content = bytearray(encoded(Image.fromarray(noise), kind))
    for _ in range(data.draw(st.integers(0, 3))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    spoilt = bytes(content[: data.draw(st.integers(1, len(content)))]) if data.draw(st.booleans()) else bytes(content)
    with tempfile.TemporaryDirectory() as folder:
        zipped(Path(folder, "signs", "pictures"), {"a/1.png": encoded(Image.new("L", (2, 2))), "a/2.png": spoilt})
        found, _ = read(Path(folder))
    for row in rows(found):
        assert pixels(row["image"]).ndim == 3


def test_a_png_whose_last_chunk_is_spoilt_is_written_anew() -> None:
    content = encoded(Image.new("RGB", (24, 24), (9, 90, 200)))
    found = pictures.readable(content[:-8] + b"\0" + content[-7:])
    assert np.array_equal(pixels(found)[0, 0], [9, 90, 200])


def test_the_fingerprint_follows_pictures_and_names(digits: Digits, tmp_path: Path) -> None:
    folder = tmp_path / "signs" / "pictures"
    unpacked(folder, digits)
    before = image_folder.fingerprint(str(folder))
    (folder / "notes.txt").write_text("of no account")
    assert image_folder.fingerprint(str(folder)) == before
    name = next(iter(digits))
    (folder / name).rename((folder / name).with_name("z.png"))
    renamed = image_folder.fingerprint(str(folder))
    (folder / name).with_name("z.png").write_bytes(digits[list(digits)[1]])
    assert len({before, renamed, image_folder.fingerprint(str(folder))}) == 3


def test_a_zip_is_safe_to_read(digits: Digits, tmp_path: Path) -> None:
    path = tmp_path / "signs" / "pictures"
    zipped(path, {**digits, "../../evil/1.png": b"x", "/etc/0.png": b"x", "c:/0/x.png": b"x", ".": b"x"})
    found, notes = read(tmp_path)
    assert len(rows(found)) == len(digits)
    assert "3 files with a path that leads elsewhere, left out" in "\n".join(notes)


def test_a_zip_bomb_is_refused(tmp_path: Path) -> None:
    zipped(tmp_path / "signs" / "pictures", {f"a/{index}.bmp": bytes(30_000_000) for index in range(5)})
    with pytest.raises(InputError, match="unpack to 150,000,000"):
        read(tmp_path)


def test_a_zip_of_windows_with_its_own_separator(digits: Digits, tmp_path: Path) -> None:
    zipped(tmp_path / "signs" / "pictures", {"x" + name.replace("/", "?"): value for name, value in digits.items()})
    file = tmp_path / "signs" / "pictures"
    file.write_bytes(file.read_bytes().replace(b"?", b"\\"))
    found, _ = read(tmp_path)
    assert set(labels(found)) == {f"x{digit}" for digit in range(10)}


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda path: path.write_bytes(b"no zip at all"), "neither a folder nor a zip"),
        (lambda path: path.write_bytes(b""), "is empty"),
        (lambda path: path.mkdir(), "no folder with pictures"),
        (lambda path: None, "pictures"),
    ],
)
def test_what_cannot_be_read_is_named(make: Callable[[Path], None], message: str, tmp_path: Path) -> None:
    (tmp_path / "signs").mkdir()
    make(tmp_path / "signs" / "pictures")
    with pytest.raises(InputError, match=message):
        read(tmp_path)


def test_a_cut_off_zip_is_named(digits: Digits, tmp_path: Path) -> None:
    path = tmp_path / "signs" / "pictures"
    zipped(path, digits)
    path.write_bytes(path.read_bytes()[:-40])
    with pytest.raises(InputError, match="pictures"):
        read(tmp_path)


def test_no_picture_that_can_be_read_is_an_error(tmp_path: Path) -> None:
    unpacked(tmp_path / "signs" / "pictures", {"a/1.png": b"x", "b/2.png": b"y"})
    with pytest.raises(InputError, match=r"not one picture can be read: 'a/1\.png'"):
        read(tmp_path)


def test_spans_are_folders_beside(digits: Digits, tmp_path: Path) -> None:
    unpacked(tmp_path / "signs" / "span-1" / "pictures", digits)
    located = sources.prepare(ImageFolder("pictures"), "signs", tmp_path, COLUMNS, span=1)
    assert located.path == os.fspath(tmp_path / "signs" / "span-1" / "pictures")
