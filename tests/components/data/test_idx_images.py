import gzip
import struct
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
import tensorflow as tf
from hypothesis import given
from hypothesis import strategies as st

from components.data.sources import Block, idx_images
from schemas.errors import InputError
from schemas.sources import File, IdxImages

SOURCE = IdxImages(
    train_images=File("train-images-idx3-ubyte.gz"),
    train_labels=File("train-labels-idx1-ubyte.gz"),
    test_images=File("t10k-images-idx3-ubyte.gz"),
    test_labels=File("t10k-labels-idx1-ubyte.gz"),
)
TRAIN_IMAGES, TRAIN_LABELS, TEST_IMAGES, TEST_LABELS = (file.name for file in SOURCE.files)
BOTH = ("image", "label")
MNIST_TRAIN = (5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949)
Write = Callable[..., Path]


def idx(array: np.ndarray, magic: int | None = None, count: int | None = None) -> bytes:
    sizes = [len(array) if count is None else count, *array.shape[1:]]
    return struct.pack(f">{1 + len(sizes)}I", 0x800 | len(sizes) if magic is None else magic, *sizes) + array.tobytes()


def pictures(rows: int, height: int = 3, width: int = 2) -> np.ndarray:
    return np.random.default_rng(rows).integers(0, 256, (rows, height, width), np.uint8)


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """A sound dataset ``shapes`` of 12 and 4 pictures; files may be given as unzipped bytes."""

    def write(**changed: bytes) -> Path:
        folder = tmp_path / "shapes"
        folder.mkdir(exist_ok=True)
        contents = {
            "train_images": idx(pictures(12)),
            "train_labels": idx(np.arange(12, dtype=np.uint8) % 3),
            "test_images": idx(pictures(4)),
            "test_labels": idx(np.arange(4, dtype=np.uint8) % 3),
        }
        for name, content in (contents | changed).items():
            (folder / getattr(SOURCE, name).name).write_bytes(gzip.compress(content))
        return tmp_path

    return write


def read(data: Path, columns: tuple[str, ...] = BOTH, **options: Any) -> list[Block]:
    located = idx_images.prepare(SOURCE, "shapes", data, columns)
    return list(idx_images.blocks(SOURCE, located.path, columns, **options))


def refused(data: Path) -> str:
    with pytest.raises(InputError) as caught:
        read(data)
    return str(caught.value).removeprefix(f"{data / 'shapes'}/")


def column(blocks: list[Block], name: str) -> list[bytes]:
    return [cell for block in blocks for cell in block.cells[name].to_pylist()]


def splits(blocks: list[Block]) -> list[str]:
    return [split for block in blocks if block.splits is not None for split in block.splits.to_pylist()]


def decoded(blocks: list[Block]) -> np.ndarray:
    return np.stack([tf.io.decode_png(picture).numpy()[..., 0] for picture in column(blocks, "image")])


def test_pictures_come_back_pixel_by_pixel_with_label_and_split(write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(idx_images, "BLOCK_ROWS", 5)
    blocks = read(write())
    assert (decoded(blocks) == np.concatenate([pictures(12), pictures(4)])).all()
    assert column(blocks, "label") == [b"%d" % (i % 3) for i in [*range(12), *range(4)]]
    assert splits(blocks) == ["train"] * 12 + ["test"] * 4
    assert [(block.index, block.first_row) for block in blocks] == [(0, 1), (1, 6), (2, 11), (3, 13)]
    assert [key for block in blocks for key in block.keys.to_pylist()] == column(blocks, "image")


@pytest.mark.parametrize(("size", "rows"), [(24, [4, 4, 4, 4]), (17, [2] * 8), (5, [1] * 16)])  # 6 bytes a picture
def test_a_block_holds_so_many_bytes_and_at_least_one_picture(
    write: Write, monkeypatch: pytest.MonkeyPatch, size: int, rows: list[int]
) -> None:
    monkeypatch.setattr(idx_images, "BLOCK_BYTES", size)
    blocks = read(write())
    assert [len(block.keys) for block in blocks] == rows
    assert (decoded(blocks) == np.concatenate([pictures(12), pictures(4)])).all()


@given(rows=st.integers(1, 9), height=st.integers(1, 5), width=st.integers(1, 5), size=st.integers(1, 9))
def test_any_shape_is_read_back(
    tmp_path_factory: pytest.TempPathFactory, rows: int, height: int, width: int, size: int
) -> None:
    folder = tmp_path_factory.getbasetemp() / "shapes"
    folder.mkdir(exist_ok=True)
    array = pictures(rows, height, width)
    for images, labels in ((TRAIN_IMAGES, TRAIN_LABELS), (TEST_IMAGES, TEST_LABELS)):
        (folder / images).write_bytes(gzip.compress(idx(array)))
        (folder / labels).write_bytes(gzip.compress(idx(np.full(rows, 255, np.uint8))))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(idx_images, "BLOCK_ROWS", size)
        blocks = read(folder.parent)
    assert (decoded(blocks) == np.concatenate([array, array])).all()
    assert set(column(blocks, "label")) == {b"255"}


def test_a_wrong_magic_number_is_refused_with_the_right_one(write: Write) -> None:
    assert refused(write(train_labels=idx(pictures(12)))) == (
        f"{TRAIN_LABELS}: received the magic number 0x00000803; 0x00000801 is expected, an IDX file of unsigned bytes in 1 "
        "dimension"
    )
    assert "0x00000d03; 0x00000803 is expected" in refused(write(test_images=idx(pictures(4), magic=0xD03)))


def test_another_count_of_labels_than_pictures_is_refused(write: Write) -> None:
    data = write(test_labels=idx(np.zeros(5, np.uint8)))
    assert refused(data).startswith(f"{TEST_LABELS} has 5 labels, but {data / 'shapes' / TEST_IMAGES} has 4 pictures")


@pytest.mark.parametrize("name", ["train_images", "train_labels", "test_images", "test_labels"])
@pytest.mark.parametrize("change", [-1, 1])
def test_fewer_or_more_bytes_than_the_header_says_are_refused(write: Write, name: str, change: int) -> None:
    rows = 12 if "train" in name else 4
    content = idx(pictures(rows)) if "images" in name else idx(np.zeros(rows, np.uint8))
    file = getattr(SOURCE, name).name
    said = refused(write(**{name: content[:change] if change < 0 else content + b"\0"}))
    how = "ends before" if change < 0 else "is longer than"
    assert said == f"{file} {how} the {rows} rows that its header says; replace it"


@pytest.mark.parametrize("file", [TRAIN_IMAGES, TRAIN_LABELS, TEST_IMAGES, TEST_LABELS])
@pytest.mark.parametrize("keep", [0.1, 0.5, 0.95])
def test_a_file_that_is_cut_off_is_refused_by_name(write: Write, file: str, keep: float) -> None:
    data = write()
    path = data / "shapes" / file
    path.write_bytes(path.read_bytes()[: int(path.stat().st_size * keep)])
    assert refused(data).startswith(f"{file} is damaged or cut off (")


def test_a_flipped_bit_is_found_by_the_checksum(write: Write) -> None:
    data = write(train_images=idx(np.zeros((12, 3, 2), np.uint8)))
    path = data / "shapes" / TRAIN_IMAGES
    content = bytearray(path.read_bytes())
    content[-6] ^= 1  # in gzip's checksum
    path.write_bytes(content)
    assert refused(data).startswith(f"{TRAIN_IMAGES} is damaged or cut off (CRC check failed")


def test_a_file_that_is_no_gzip_file_is_refused(write: Write) -> None:
    data = write()
    (data / "shapes" / TEST_LABELS).write_bytes(idx(np.zeros(4, np.uint8)))
    assert refused(data).startswith(f"{TEST_LABELS} is damaged or cut off (Not a gzipped file")


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"train_images": b"\0\0\x08"}, f"{TRAIN_IMAGES} has 3 bytes; an IDX header of 16 is expected"),
        ({"test_labels": idx(np.zeros(0, np.uint8))}, f"{TEST_LABELS} has a header but no rows"),
        ({"train_images": idx(np.zeros((12, 0, 2), np.uint8))}, f"{TRAIN_IMAGES}: received pictures of 0 x 2 pixels"),
        ({"train_images": idx(np.zeros((12, 1, 9999), np.uint8))}, f"{TRAIN_IMAGES}: received pictures of 1 x 9999"),
    ],
)
def test_a_header_that_makes_no_sense_is_refused(write: Write, changed: dict[str, bytes], said: str) -> None:
    assert refused(write(**changed)).startswith(said)


def test_an_empty_file_and_a_missing_one_are_named(write: Write) -> None:
    data = write()
    (data / "shapes" / TEST_IMAGES).write_bytes(b"")
    assert refused(data) == f"{TEST_IMAGES} is empty; a gzipped IDX file is expected"
    (data / "shapes" / TEST_IMAGES).unlink()
    assert refused(data).startswith(f"{TEST_IMAGES} is missing; put {TEST_IMAGES} into ")


def test_a_column_that_there_is_not_is_refused(write: Write) -> None:
    data = write()
    with pytest.raises(
        InputError, match=r"has no column .digit., which shapes needs; its columns are 'image', 'label'$"
    ):
        idx_images.prepare(SOURCE, "shapes", data, ("image", "digit"))


def test_the_fingerprint_is_of_all_four_files(write: Write) -> None:
    before = idx_images.prepare(SOURCE, "shapes", write(), BOTH).fingerprint
    assert idx_images.prepare(SOURCE, "shapes", write(), BOTH).fingerprint == before
    found = {idx_images.prepare(SOURCE, "shapes", write(**{name: content}), BOTH).fingerprint for name, content in {
        "train_images": idx(pictures(12)[::-1].copy()), "train_labels": idx(np.zeros(12, np.uint8)),
        "test_images": idx(pictures(4)[::-1].copy()), "test_labels": idx(np.zeros(4, np.uint8)),
    }.items()}  # fmt: skip
    assert len({before, *found}) == 5


@pytest.mark.parametrize("limit", [6, 9, 15, 16, 50])
def test_a_limit_gives_every_class_of_every_split_its_share(write: Write, limit: int) -> None:
    blocks = read(write(), limit=limit)
    found = Counter(zip(splits(blocks), column(blocks, "label"), strict=True))
    assert found.total() == min(limit, 16) and len(found) == 6
    train = sum(n for (split, _), n in found.items() if split == "train")
    assert train >= found.total() / 2


def test_finding_the_files_imports_nothing_heavy(write: Write) -> None:
    code = (
        "import sys; from pathlib import Path; from components.data.sources import idx_images\n"
        "from schemas.sources import File, IdxImages\n"
        f"idx_images.prepare({SOURCE!r}, 'shapes', Path({str(write())!r}), ('image',))\n"
        "print('tensorflow' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


def test_mnist_is_read_whole(data: Path) -> None:
    located = idx_images.prepare(SOURCE, "mnist", data, BOTH)
    found: Counter[tuple[str, bytes]] = Counter()
    for number, block in enumerate(idx_images.blocks(SOURCE, located.path, ("label",))):
        assert block.splits is not None and block.index == number and len(block.cells) == len(block.keys)
        found.update(zip(block.splits.to_pylist(), block.cells["label"].to_pylist(), strict=True))
    assert tuple(found["train", b"%d" % digit] for digit in range(10)) == MNIST_TRAIN
    assert sum(n for (split, _), n in found.items() if split == "test") == 10_000


def test_the_mean_of_mnist_s_pixels_is_the_published_one(data: Path) -> None:
    located = idx_images.prepare(SOURCE, "mnist", data, BOTH)
    pixels = decoded([next(idx_images.blocks(SOURCE, located.path, BOTH))])
    assert pixels.shape[1:] == (28, 28)
    assert pixels.mean() / 255 == pytest.approx(0.1307, abs=0.002)
    assert pa.types.is_binary(next(idx_images.blocks(SOURCE, located.path, BOTH, limit=50)).cells["image"].type)
