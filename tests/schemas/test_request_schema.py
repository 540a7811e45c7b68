"""The form of a request agrees with what `schemas.request` reads."""

import base64
from collections.abc import Callable
from typing import Any

import jsonschema
import pytest

from schemas import request
from schemas.model_card import ModelCard
from schemas.request_schema import FLOAT32_MAX, columns, example, input_schema, short_example
from tests.pictures import PNG

MakeCard = Callable[..., ModelCard]
ENCODED = base64.b64encode(PNG).decode()
PICTURE: dict[str, Any] = {"inputs": {"image": {"type": "image"}}, "example": {"image": {"b64": ENCODED}}}
TEXT: dict[str, Any] = {"inputs": {"text": {"type": "string"}}, "example": {"text": "a fine film"}}


def fits(card: ModelCard, value: Any) -> bool:
    return jsonschema.Draft202012Validator(input_schema(card)).is_valid(value)


def is_read(card: ModelCard, value: Any) -> bool:
    try:
        request.parse(card, value)
    except request.RequestError:
        return False
    return True


@pytest.mark.parametrize(
    "value",
    [
        {}, {"Age": 4}, {"Age": None, "Sex": None}, {"Age": 4.5, "Sex": "male"}, {"Sex": 3}, {"Age": "4"}, {"Age": True},
        {"Sex": False}, {"Sex": 1.5}, {"Name": "Ann"}, 4, "male", {"Age": FLOAT32_MAX}, {"Age": 3.5e38},
    ],
)  # fmt: skip
def test_what_fits_the_schema_is_what_is_read(make_card: MakeCard, value: Any) -> None:
    assert fits(make_card(), value) == is_read(make_card(), value)


@pytest.mark.parametrize("value", [ENCODED, {"b64": ENCODED}, {"image": ENCODED}, {}, None, 7])
def test_the_only_column_may_come_alone(make_card: MakeCard, value: Any) -> None:
    assert fits(make_card(**PICTURE), value) == is_read(make_card(**PICTURE), value)


@pytest.mark.parametrize("changes", [{}, PICTURE, TEXT])
def test_examples_fit_and_are_read(make_card: MakeCard, changes: dict[str, Any]) -> None:
    card = make_card(**changes)
    for value in (example(card), short_example(card)):
        assert fits(card, value) and is_read(card, value)


def test_the_short_example_is_the_only_value_alone(make_card: MakeCard) -> None:
    assert short_example(make_card(**PICTURE)) == ENCODED
    assert short_example(make_card(**TEXT)) == "a fine film"
    assert short_example(make_card()) == example(make_card()) == {"Age": 22.0, "Sex": "male"}
    assert short_example(make_card(example={}, inputs=TEXT["inputs"])) == {}


def test_a_column_shows_its_known_names_and_its_example(make_card: MakeCard) -> None:
    card = make_card(configuration={"features": {"Age": {}, "Sex": {"names": ["male", "female"]}}})
    assert list(columns(input_schema(card))) == ["Age", "Sex"]
    sex = columns(input_schema(card))["Sex"]
    assert sex["description"] == "known names: male, female" and sex["examples"] == ["male"]
    assert list(columns(input_schema(make_card(**PICTURE)))) == ["image"]
