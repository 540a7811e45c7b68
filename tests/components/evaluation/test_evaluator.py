"""What our Evaluator adds to TFX's; whole evaluations are in tests/e2e."""

import dataclasses
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tfx.types import standard_artifacts

from components.evaluation.evaluator import _incomparable, _judges_fairly, _number, _slice_value
from schemas.model_card import ModelCard
from schemas.tasks import MulticlassClassification, MultiLabel, Regression, Several

TOPIC = MulticlassClassification("topic", ("earn", "acq", "crude"))
BUCKETS = {"salt": 0, "train": 8, "eval": 1, "test": 1}


def test_a_slice_of_the_label_is_named_by_its_class() -> None:
    assert [_slice_value(TOPIC, "topic", index) for index in (0, 2)] == ["earn", "crude"]
    assert _slice_value(TOPIC, "topic", b"1") == "acq"


def test_a_slice_of_several_classes_or_of_a_second_label_is_named_too() -> None:
    tags = MultiLabel("tags", classes=("new", "old"))
    both = Several.of((TOPIC, tags))
    assert [_slice_value(tags, "tags", value) for value in (0, b"3")] == ["[]", '["new", "old"]']
    assert (_slice_value(both, "tags", 2), _slice_value(both, "topic", 1)) == ('["old"]', "acq")


def test_other_slices_are_named_as_they_are() -> None:
    assert _slice_value(TOPIC, "words", b"50 to 99") == "50 to 99"
    assert _slice_value(TOPIC, "year", 1) == "1"
    assert _slice_value(Regression("price"), "price", 2.5) == "2.5"


def test_a_metric_without_a_value_is_none() -> None:
    assert [_number(value) for value in ("NaN", "Infinity", 0.5, "0.25")] == [None, None, 0.5, 0.25]


@pytest.fixture
def compare(tmp_path: Path, make_card: Callable[..., ModelCard]) -> Callable[..., str | None]:
    """Why a model cannot be compared with a last blessed one whose card has these changes; both have the same task."""

    def model(identifier: int, card: ModelCard | None) -> standard_artifacts.Model:
        artifact = standard_artifacts.Model()
        artifact.id, artifact.uri = identifier, str(tmp_path / str(identifier))
        if card is not None:
            card.write(tmp_path / str(identifier) / "Format-Serving")
        return artifact

    def compare(identifier: int = 2, gone: bool = False, **changes: Any) -> str | None:
        card = make_card(splits=BUCKETS)
        baseline = model(identifier, None if gone else dataclasses.replace(card, **changes))
        return _incomparable({"model": [model(1, card)], "baseline_model": [baseline]})

    return compare


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"inputs": {"Age": {"type": "number"}, "Fare": {"type": "number"}}},
        {"version": "1.0.0", "weights": "b", "code": "other"},
    ],
)
def test_models_of_the_same_question_and_division_are_compared(
    compare: Callable[..., str | None], changes: dict[str, Any]
) -> None:
    assert compare(**changes) is None


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"splits": BUCKETS | {"salt": 1}}, "the last blessed model has learned from other rows"),
        ({"splits": BUCKETS | {"train": 7, "test": 2}}, "the last blessed model has learned from other rows"),
        ({"splits": {}}, "the last blessed model has learned from other rows"),
        ({"task": "Regression"}, "the last blessed model predicts another label"),
        ({"label": "Died"}, "the last blessed model predicts another label"),
        ({"classes": ["survived", "died"]}, "the last blessed model predicts another label, or other classes"),
        ({"inputs": {"Age": {"type": "string"}}}, "the last blessed model reads a column as another type"),
        ({"gone": True}, "the last blessed model's files are gone"),
        ({"identifier": 1}, "the last blessed model is this one"),
    ],
)
def test_a_last_blessed_model_that_cannot_be_compared_with_is_named_with_the_reason(
    compare: Callable[..., str | None], changes: dict[str, Any], reason: str
) -> None:
    assert (compare(**changes) or "").startswith(reason)


def test_a_last_blessed_model_that_answers_less_cannot_be_compared_with(
    tmp_path: Path, make_card: Callable[..., ModelCard]
) -> None:
    def why_not(card: dict[str, Any], before: dict[str, Any]) -> str | None:
        models = []
        for identifier, changes in enumerate((card, before)):
            models.append(standard_artifacts.Model())
            models[-1].id, models[-1].uri = identifier, str(tmp_path / str(identifier))
            make_card(classes=None, **changes).write(tmp_path / str(identifier) / "Format-Serving")
        return _incomparable({"model": models[:1], "baseline_model": models[1:]})

    plain, ends = {"outputs": ["value"]}, {"outputs": ["high", "low", "value"], "share": 0.9}
    assert (why_not(ends, plain) or "").startswith("the last blessed model answers without an interval")
    assert why_not(plain, ends) is None and why_not(ends, ends) is None
    week, fortnight = ({"outputs": ["values"], "configuration": {"task": {"horizon": horizon}}} for horizon in (7, 14))
    assert "another number of values" in (why_not(fortnight, week) or "")
    assert why_not(week, week) is None


@pytest.mark.parametrize(
    ("cuts", "before", "fair"),
    [
        (("2024-05-01", "2024-06-01"), ("2024-05-01", "2024-06-01"), True),
        (("2024-05-01", "2024-06-01"), ("2024-02-01", "2024-03-01T12:00:00"), True),  # it has seen less
        (("2024-05-01", "2024-06-01"), ("2024-05-01", "2024-06-02"), False),  # it may have learned from these days
        (("9", "10"), ("8", "9.5"), True),
        (("8", "9.5"), ("9", "10"), False),
    ],
)
def test_by_time_a_model_is_compared_with_one_that_has_not_seen_its_test_split(
    compare: Callable[..., str | None], cuts: tuple[str, str], before: tuple[str, str], fair: bool
) -> None:
    def division(ends: tuple[str, str]) -> dict[str, Any]:
        return {**BUCKETS, "time": "date", "eval_from": ends[0], "test_from": ends[1]}

    assert _judges_fairly(division(cuts), division(before)) is fair
    assert not _judges_fairly(division(cuts), {**division(before), "time": "day"})
    assert not _judges_fairly(division(cuts), {**BUCKETS})
    assert _judges_fairly({**BUCKETS, "time": "", "test_from": ""}, BUCKETS)  # a card from before there were times


@pytest.mark.parametrize("inputs", [{}, {"baseline_model": []}])
def test_without_a_blessed_model_there_is_nothing_to_compare_with(inputs: dict[str, Any]) -> None:
    assert _incomparable(inputs) == "no model was blessed before"
