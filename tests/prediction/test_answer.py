"""Outputs become answers: as arrays of a model in this process, and as lists of a tensor of the wire."""

import math
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from prediction.answer import ClassAnswer, NotFiniteError, ValueAnswer, ValueInterval, most_probable
from prediction.answer_json import from_json
from prediction.outputs import answers, check_finite
from schemas.model_card import ModelCard

MakeCard = Callable[..., ModelCard]
ROOT = Path(__file__).parents[2]
NAMES = [b"died", b"survived"]
SHARES = [[0.75, 0.25], [0.125, 0.875]]


def classified(shares: list[list[float]], form: str) -> dict[str, Any]:
    """The outputs for rows of probabilities, as arrays or as flat lists."""
    best = [max(range(2), key=row.__getitem__) for row in shares]
    arrays = {
        "class": np.array([NAMES[i] for i in best], object),
        "confidence": np.array([row[i] for row, i in zip(shares, best, strict=True)], np.float32),
        "probabilities": np.array(shares, np.float32).reshape(-1, 2),
    }
    return arrays if form == "arrays" else {name: array.reshape(-1).tolist() for name, array in arrays.items()}


@pytest.mark.parametrize("form", ["arrays", "lists"])
def test_a_classification_answers_each_row_with_its_class_and_the_probability_of_every_class(
    make_card: MakeCard, form: str
) -> None:
    assert answers(make_card(), classified(SHARES, form)) == [
        ClassAnswer("died", 0.75, {"died": 0.75, "survived": 0.25}),
        ClassAnswer("survived", 0.875, {"died": 0.125, "survived": 0.875}),
    ]
    assert answers(make_card(), classified([], form)) == []


@pytest.mark.parametrize("values", [[2.5, -1.0], np.array([2.5, -1.0], np.float32)])
def test_a_regression_answers_each_row_with_its_value(make_card: MakeCard, values: Any) -> None:
    assert answers(make_card(classes=None), {"value": values}) == [ValueAnswer(2.5), ValueAnswer(-1.0)]


def test_a_regression_with_an_interval_answers_with_its_ends_and_their_share(make_card: MakeCard) -> None:
    card = make_card(classes=None, share=0.9)
    outputs = {"value": [2.5, -1.0], "low": [2.0, -3.0], "high": [4.0, 0.5]}
    found = answers(card, outputs)
    assert found == [
        ValueAnswer(2.5, ValueInterval(2.0, 4.0, 0.9)),
        ValueAnswer(-1.0, ValueInterval(-3.0, 0.5, 0.9)),
    ]
    assert found[0].as_json() == {"value": 2.5, "interval": {"low": 2.0, "high": 4.0, "share": 0.9}}
    assert [from_json(answer.as_json()) for answer in found] == found
    with pytest.raises(NotFiniteError) as raised:
        answers(card, outputs | {"high": [4.0, math.inf]})
    assert (raised.value.row, raised.value.output) == (1, "high")
    with pytest.raises(ValueError, match="as many are expected"):
        answers(card, outputs | {"low": [2.0]})
    with pytest.raises(ValueError, match="no output 'low'"):
        answers(card, {"value": [2.5]})
    for interval in ("wide", {"low": 1.0, "high": 2.0}, {"low": 1.0, "high": None, "share": 0.9}):
        with pytest.raises(ValueError, match=r"its (interval|share|high) is"):
            from_json({"value": 1.5, "interval": interval})


@pytest.mark.parametrize("form", ["arrays", "lists"])
def test_the_first_number_that_is_not_finite_is_named_with_its_row(make_card: MakeCard, form: str) -> None:
    card = make_card(version="1.0.0")
    outputs = classified([*SHARES, [1.0, -math.inf]], form)
    with pytest.raises(
        NotFiniteError,
        match=r"^titanic 1\.0\.0, input 3: the answer's probabilities is -inf, which is not finite; .* another version$",
    ) as raised:
        answers(card, outputs)
    assert (raised.value.row, raised.value.output, raised.value.value) == (2, "probabilities", -math.inf)
    with pytest.raises(NotFiniteError) as raised:  # before they are rows
        check_finite(card, outputs)
    assert (raised.value.row, raised.value.output, raised.value.value) == (2, "probabilities", -math.inf)
    with pytest.raises(NotFiniteError, match=r"^titanic 1\.0\.0: the answer's confidence is nan"):
        answers(card, classified([[math.nan, math.nan]], form))


def test_numbers_near_the_end_of_float32_are_finite(make_card: MakeCard) -> None:
    largest = np.finfo(np.float32).max
    check_finite(make_card(classes=None), {"value": np.array([largest, largest, -largest])})


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"confidence": None}, "there is no output 'confidence'"),
        ({"probabilities": [0.5, 0.25, 0.25]}, "3 probabilities of 2 rows and 2 classes"),
        ({"confidence": [0.5]}, "shorter"),
        ({"class": [0.0, 1.0]}, r"the output 'class' has 0\.0"),
        ({"confidence": [b"high", b"low"]}, "the output 'confidence' has b'high'"),
        ({"class": [b"\xff", b"died"]}, "utf-8"),
    ],
)
def test_outputs_of_another_model_are_refused(make_card: MakeCard, change: dict[str, Any], reason: str) -> None:
    outputs = {name: value for name, value in (classified(SHARES, "lists") | change).items() if value is not None}
    with pytest.raises(ValueError, match=reason):
        answers(make_card(), outputs)


def test_an_answer_is_json_and_back() -> None:
    answer = ClassAnswer("died", 0.75, {"died": 0.75, "survived": 0.25})
    assert answer.as_json() == {
        "class": "died", "confidence": 0.75, "probabilities": {"died": 0.75, "survived": 0.25},
    }  # fmt: skip
    assert answer.as_json(probabilities=False) == {"class": "died", "confidence": 0.75}
    assert from_json(answer.as_json()) == answer
    assert from_json(answer.as_json(probabilities=False)) == ClassAnswer("died", 0.75)
    assert ValueAnswer(2.0).as_json() == {"value": 2.0} and from_json({"value": 2}) == ValueAnswer(2.0)


@pytest.mark.parametrize(
    "output",
    [
        None, [], {}, {"class": 1, "confidence": 0.5}, {"class": "died"}, {"class": "died", "confidence": None},
        {"value": None}, {"value": math.inf}, {"value": True}, {"value": "3"},
        {"class": "died", "confidence": 0.5, "probabilities": [0.5]},
    ],
)  # fmt: skip
def test_what_is_no_answer_is_refused(output: Any) -> None:
    with pytest.raises(ValueError, match="is"):
        from_json(output)


def test_the_most_probable_classes_come_first() -> None:
    answer = ClassAnswer("b", 0.5, {"a": 0.125, "b": 0.5, "c": 0.375})
    assert list(most_probable(answer.probabilities, 2).items()) == [("b", 0.5), ("c", 0.375)]


def test_answers_of_lists_need_no_numpy() -> None:
    code = "import prediction.answer, prediction.wire.tensors, sys; print({'numpy', 'tensorflow'} & sys.modules.keys())"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout == "set()\n"
