"""The INPUT argument of `slipway predict`; no model is loaded."""

from collections.abc import Callable
from pathlib import Path

import pytest

from prediction.local_model import read_argument
from schemas.errors import InputError
from schemas.model_card import ModelCard

MakeCard = Callable[..., ModelCard]
PICTURE = {"inputs": {"image": {"type": "image"}}}


def test_columns_are_json(make_card: MakeCard) -> None:
    assert read_argument(make_card(), '{"Age": 4}') == {"Age": 4}
    with pytest.raises(InputError, match=r"INPUT .*: the key 'Age' stands twice in an object"):
        read_argument(make_card(), '{"Age": 1, "Age": 2}')
    with pytest.raises(InputError, match=r"is not JSON.*Age"):
        read_argument(make_card(), "Age=4")
    with pytest.raises(InputError, match=r"INPUT is missing.*Age"):
        read_argument(make_card(), None)


def test_a_picture_is_a_path_or_json(make_card: MakeCard, tmp_path: Path) -> None:
    (tmp_path / "four.png").write_bytes(b"bytes")
    assert read_argument(make_card(**PICTURE), str(tmp_path / "four.png")) == b"bytes"
    assert read_argument(make_card(**PICTURE), '{"image": {"b64": "AA=="}}') == {"image": {"b64": "AA=="}}
    with pytest.raises(InputError, match=r"cannot read the picture nope.png: No such file.*PNG, JPEG"):
        read_argument(make_card(**PICTURE), "nope.png")


def test_a_text_is_taken_as_it_is(make_card: MakeCard) -> None:
    assert read_argument(make_card(inputs={"text": {"type": "string"}}), "a fine film") == "a fine film"
