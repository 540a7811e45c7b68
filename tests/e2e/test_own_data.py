"""A page that `slipway new` writes for pictures of one's own, through a whole pipeline."""

from pathlib import Path

from tests.e2e.command import Slipway


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
