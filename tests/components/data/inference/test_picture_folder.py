"""What is inferred from folders of pictures."""

import zipfile
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from components.data import inference
from schemas.errors import InputError


def filled(folder: Path, mode: str, size: tuple[int, int], suffix: str = "png", rows: int = 6) -> None:
    random = np.random.default_rng(1)
    for label in ("go", "stop"):
        (folder / label).mkdir(parents=True, exist_ok=True)
        for row in range(rows):
            grey = Image.fromarray(random.integers(0, 255, size[::-1], dtype=np.uint8))
            picture = grey.convert(mode)
            if mode == "RGB" and row == 0 and suffix != "webp":
                picture.paste((255, 0, 0), (0, 0, size[0], size[1] // 2))
            picture.save(folder / label / f"{row}.{suffix}")


@pytest.mark.parametrize(
    ("mode", "suffix", "size", "options"),
    [
        ("L", "png", (28, 28), {"height": 28, "width": 28, "channels": 1}),
        ("RGB", "jpg", (640, 320), {"height": 32, "width": 64, "channels": 3}),
        ("RGB", "webp", (30, 20), {"height": 20, "width": 30, "channels": 1}),  # grey pixels, stored in colour
    ],
)
def test_size_and_channels_follow_the_pictures(
    mode: str, suffix: str, size: tuple[int, int], options: dict[str, int], tmp_path: Path
) -> None:
    filled(tmp_path / "signs", mode, size, suffix)
    draft = inference.draft(tmp_path / "signs", "signs")
    picture = draft.column("image")
    assert picture and picture.options == options
    assert (draft.kind, draft.rows, draft.label, draft.classes) == ("images", 12, "label", ["go", "stop"])
    assert draft.task == "BinaryClassification"


def test_what_is_left_out_is_said(tmp_path: Path) -> None:
    filled(tmp_path / "signs", "L", (8, 8))
    (tmp_path / "signs" / "stop" / "notes.txt").touch()
    draft = inference.draft(tmp_path / "signs", "signs")
    assert "Left out, no pictures: 'stop/notes.txt'." in draft.assumed


def test_a_folder_without_pictures_is_refused(tmp_path: Path) -> None:
    (tmp_path / "stop").mkdir()
    with pytest.raises(InputError, match="no picture in a folder; a folder of pictures for each class"):
        inference.draft(tmp_path, "signs")
    with pytest.raises(InputError, match="label: received 'x'; the label is the folder's name"):
        inference.draft(tmp_path, "signs", "x")


def test_a_zip_of_a_table_says_what_to_give(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "ships.zip", "w") as archive:
        archive.writestr("data/ships.data", "a,b\n1,2\n")
        archive.writestr("data/ships.names", "who knows")
    with pytest.raises(InputError, match=r"it holds 'data/ships\.data': give that file itself, unpacked"):
        inference.draft(tmp_path / "ships.zip", "ships")
