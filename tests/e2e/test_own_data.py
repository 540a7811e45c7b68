"""Pages that `slipway new` writes, through whole pipelines: nearly as good as a written page; and pictures of one's own."""

from pathlib import Path

import pytest

from tests.e2e.command import Slipway

NEARLY = 0.95  # of the accuracy of the written page


def test_the_page_of_a_known_file_is_nearly_as_good_as_the_written_one(data: Path, home: Path) -> None:
    file = data / "titanic" / "titanic.csv"
    if not file.exists():
        pytest.skip("titanic.csv is not in SLIPWAY_DATA")
    home.parent.mkdir(exist_ok=True)
    written = Slipway(home, data).json("run", "titanic")
    own = Slipway(home, home.parent / "data")
    own("new", str(file), "--label", "Survived", "--name", "passengers")
    found = own.json("run", "passengers")
    assert found["blessed"] and found["metrics"]["binary_accuracy"] > found["naive"]["binary_accuracy"]
    assert found["metrics"]["binary_accuracy"] >= NEARLY * written["metrics"]["binary_accuracy"]


def test_a_folder_of_pictures_is_trained_and_asked(home: Path) -> None:
    from PIL import Image
    from sklearn.datasets import load_digits

    digits = load_digits()
    for row in range(800):
        folder = home.parent / "signs" / str(digits.target[row])
        folder.mkdir(parents=True, exist_ok=True)
        picture = Image.fromarray((digits.images[row] * 15.9375).astype("uint8"))
        picture.save(folder / f"{row}.{'webp' if row % 5 == 0 else 'png'}", lossless=True)
    (home.parent / "signs" / "3" / "broken.png").write_bytes(b"\x89PNG")
    slipway = Slipway(home, home.parent / "data")
    slipway("new", "signs")
    out, said = slipway("run", "signs", "--set", "epochs=8", "--json")
    assert '"blessed": true' in out and "1 picture left out: '3/broken.png'" in said
    answer = slipway.json("predict", "signs", str(home.parent / "signs" / "7" / "7.png"))
    assert answer["output"]["class"] == "7"
