"""The INPUT argument of `slipway predict`; no model is loaded."""

from collections.abc import Callable
from pathlib import Path

import pytest

from prediction.in_process import find
from prediction.local_model import read_argument
from schemas.errors import InputError
from schemas.model_card import ModelCard

MakeCard = Callable[..., ModelCard]
PICTURE = {"inputs": {"image": {"type": "image"}}}


def test_columns_are_json(make_card: MakeCard) -> None:
    assert read_argument(make_card(), '{"Age": 4}') == {"Age": 4}
    with pytest.raises(InputError, match=r"is not JSON.*Age"):
        read_argument(make_card(), "Age=4")
    with pytest.raises(InputError, match=r"INPUT is missing.*Age"):
        read_argument(make_card(), None)


def test_a_picture_is_a_path_or_json(make_card: MakeCard, tmp_path: Path) -> None:
    (tmp_path / "four.png").write_bytes(b"bytes")
    assert read_argument(make_card(**PICTURE), str(tmp_path / "four.png")) == b"bytes"
    assert read_argument(make_card(**PICTURE), '{"image": {"b64": "AA=="}}') == {"image": {"b64": "AA=="}}
    with pytest.raises(InputError, match=r"cannot read the picture nope.png: No such file.*PNG or JPEG"):
        read_argument(make_card(**PICTURE), "nope.png")


def test_a_text_is_taken_as_it_is(make_card: MakeCard) -> None:
    assert read_argument(make_card(inputs={"text": {"type": "string"}}), "a fine film") == "a fine film"


def test_the_newest_model_is_found_and_any_version_by_name(make_card: MakeCard, tmp_path: Path) -> None:
    for serving, version in ((9, "1.0.0"), (10, "1.1.0")):
        make_card(version=version, serving_version=serving).write(tmp_path / str(serving))
    (tmp_path / ".pushing-11").mkdir()
    assert find(tmp_path, "titanic").name == "10"
    assert find(tmp_path, "titanic", "1.0.0").name == find(tmp_path, "titanic", "9").name == "9"
    with pytest.raises(InputError, match=r"no version '3'.*1\.0\.0, 1\.1\.0"):
        find(tmp_path, "titanic", "3")
    with pytest.raises(InputError, match="no model of 'titanic' has been pushed"):
        find(tmp_path / "nothing", "titanic")
