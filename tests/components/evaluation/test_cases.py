"""Real SavedModels are asked: they add, or look at a picture."""

import base64
import dataclasses
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import tensorflow as tf

from components.evaluation.cases import judge
from schemas.cases import Case
from schemas.model_card import ModelCard
from tests.components.evaluation.models import saved

MakeCard = Callable[..., ModelCard]


@pytest.fixture(scope="module")
def price(tmp_path_factory: pytest.TempPathFactory, make_card: MakeCard) -> Path:
    """The value is twice the Age; the column has another name in the signature."""
    card = make_card(classes=None, inputs={"Age in years": {"type": "number", "tensor": "Age_in_years"}})
    return saved(tmp_path_factory.mktemp("price"), card, lambda Age_in_years: {"value": Age_in_years * 2})  # noqa: N803


@pytest.fixture(scope="module")
def picture(tmp_path_factory: pytest.TempPathFactory, make_card: MakeCard) -> Path:
    """Every picture that can be decoded is "dark", with a confidence of 0.75."""

    def answer(image: tf.Tensor) -> dict[str, tf.Tensor]:
        height = tf.shape(tf.io.decode_image(image[0], channels=1, expand_animations=False))[0]
        certain = tf.fill([1], 0.75) + 0 * tf.cast(height, tf.float32)
        return {"class": tf.constant(["dark"]), "confidence": certain, "probabilities": tf.constant([[0.75, 0.25]])}

    card = make_card(classes=["dark", "light"], inputs={"image": {"type": "image", "tensor": "image"}})
    return saved(tmp_path_factory.mktemp("picture"), card, answer)


def case(value: Any, **expect: Any) -> Case:
    return Case(7, value, expect, "A reason.")


def encoded(content: bytes) -> dict[str, dict[str, str]]:
    return {"image": {"b64": base64.b64encode(content).decode()}}


def test_every_case_is_asked_and_counted(price: Path) -> None:
    report = judge([case({"Age in years": 3}, between=[5, 7]), case({"Age in years": 4}, between=[5, 7])], price)
    assert (report.count, report.passed) == (2, 1)
    assert [result.answer for result in report.results] == [{"value": 6.0}, {"value": 8.0}]
    assert report.results[1].to_json() == {
        "line": 7, "why": "A reason.", "expect": {"between": [5, 7]}, "answer": {"value": 8.0}, "passed": False,
        "input": {"Age in years": 4},
    }  # fmt: skip


def test_an_answer_that_is_not_finite_is_none(price: Path) -> None:
    (result,) = judge([case({}, answer=True)], price).results
    assert not result.passed and "nan" in result.answer["error"]


def test_a_class_comes_with_its_confidence(picture: Path) -> None:
    content = tf.io.encode_png(tf.zeros([2, 2, 1], tf.uint8)).numpy()
    (result,) = judge([case(encoded(content), **{"class": "dark", "confidence_at_most": 0.75})], picture).results
    assert result.passed and result.answer == {"class": "dark", "confidence": 0.75}


def test_a_picture_that_cannot_be_decoded_fails_its_case_and_not_the_run(picture: Path) -> None:
    whole = tf.io.encode_png(tf.zeros([2, 2, 1], tf.uint8)).numpy()
    pixels = whole.index(b"IDAT") + 4
    spoilt = whole[:pixels] + bytes(2) + whole[pixels + 2 :]  # its header is that of a whole one
    report = judge([case(encoded(spoilt), answer=True), case(encoded(whole), answer=True)], picture)
    assert [result.passed for result in report.results] == [False, True]
    assert "cannot read the input" in report.results[0].answer["error"]


def test_without_cases_the_model_is_not_loaded(tmp_path: Path) -> None:
    assert judge([], tmp_path / "no model").to_json() == {"count": 0, "passed": 0, "results": []}


def test_a_case_is_not_changed_by_being_asked(price: Path) -> None:
    asked = case({"Age in years": 3}, answer=True)
    before = dataclasses.asdict(asked)
    judge([asked], price)
    assert dataclasses.asdict(asked) == before
