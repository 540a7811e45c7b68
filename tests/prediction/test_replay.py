from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from prediction.loaded_model import LoadedModel
from prediction.replay import Replayed, replay
from prediction.replay_summary import Counting, Flip, Replay
from schemas.errors import InputError
from schemas.model_card import ModelCard
from schemas.request_log import REDACTED
from tests.prediction.replay_models import double, line, log, survival

MakeCard = Callable[..., ModelCard]
INPUTS = {"Age": {"type": "number", "tensor": "Age"}, "Sex": {"type": "string", "tensor": "Sex"}}
DIED, SURVIVED = ({"class": name, "confidence": 0.75} for name in ("died", "survived"))


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory, make_card: MakeCard) -> LoadedModel:
    card = make_card(inputs=INPUTS, version="1.1.0", serving_version=2)
    return LoadedModel(survival(tmp_path_factory.mktemp("survival"), card, 30.0))


@pytest.fixture(scope="module")
def values(tmp_path_factory: pytest.TempPathFactory, make_card: MakeCard) -> LoadedModel:
    card = make_card(inputs=INPUTS, version="1.1.0", classes=None, task="Regression")
    return LoadedModel(double(tmp_path_factory.mktemp("double"), card))


def counted(model: LoadedModel, path: str) -> Replay:
    counting = Counting()
    for one in replay(model, path):
        counting.add(one)
    return counting.result(model.card, path)


def person(age: Any, **more: Any) -> dict[str, Any]:
    return {"Age": age, "Sex": "male", **more}


def test_answers_are_counted_by_what_was_and_what_would_be_answered(model: LoadedModel, tmp_path: Path) -> None:
    lines = [line(person(20.0), SURVIVED)] * 3 + [line(person(20.0), DIED)] * 2 + [line(person(40.0), SURVIVED)]
    lines += [line(person(40.0), DIED, version="0.9.0"), line(person(1.0), DIED, model="other")]
    found = counted(model, log(tmp_path / "log", *lines))
    assert (found.lines, found.answered, found.agreeing) == (7, 7, 4)
    assert found.agreement == pytest.approx(4 / 7)
    assert set(found.flips) == {
        Flip("survived", "survived", 3),
        Flip("died", "survived", 2),
        Flip("survived", "died", 1),
        Flip("died", "died", 1),
    }
    assert [(one.version, one.lines, one.agreeing) for one in found.by_version] == [("1.0.0", 6, 3), ("0.9.0", 1, 1)]
    assert [one.line for one in found.disagreements] == [4, 5, 6]
    assert found.disagreements[0].answer == {"class": "survived", "confidence": 0.75}


def test_a_line_that_the_version_cannot_answer_is_told_apart_and_the_others_are_answered(
    model: LoadedModel, tmp_path: Path
) -> None:
    lines = [line(person(20.0), SURVIVED), line(person(None), DIED), line(person("old"), DIED)]
    found = counted(model, log(tmp_path / "log", *lines, line(person(21.0), SURVIVED)))
    assert (found.lines, found.answered, found.agreeing, found.agreement) == (4, 2, 2, 0.5)
    assert [one.line for one in found.unanswered] == [2, 3]
    assert "not finite" in found.unanswered[0].error
    assert "received 'old'" in found.unanswered[1].error


def test_the_order_of_the_lines_is_kept(model: LoadedModel, tmp_path: Path) -> None:
    lines = [line(person(None if row % 7 == 0 else float(row)), DIED) for row in range(50)]
    found = list(replay(model, log(tmp_path / "log", *lines)))
    assert [one.logged.line for one in found] == list(range(1, 51))
    assert [one.answer is None for one in found] == [row % 7 == 0 for row in range(50)]


def test_columns_that_the_version_does_not_read_are_left_out(model: LoadedModel, tmp_path: Path) -> None:
    path = log(tmp_path / "log", line(person(20.0, Deck="B", Ticket=REDACTED), SURVIVED))
    assert counted(model, path).agreeing == 1


def test_redacted_columns_that_the_version_reads_are_refused(model: LoadedModel, tmp_path: Path) -> None:
    path = log(tmp_path / "log", line({"Age": 3.0, "Sex": REDACTED}, DIED))
    with pytest.raises(InputError, match=r"'Sex' is redacted, and titanic 1\.1\.0 reads it"):
        counted(model, path)


def test_values_agree_but_for_rounding_and_the_largest_differences_are_kept(
    values: LoadedModel, tmp_path: Path
) -> None:
    lines = [line(person(10.0), {"value": 20.0 * (1 + 1e-6)}), line(person(10.0), {"value": 21.0})]
    lines += [line(person(float(age)), {"value": 0.0}) for age in range(1, 40)]
    found = counted(values, log(tmp_path / "log", *lines))
    assert found.agreeing == 1
    assert found.largest_difference == 78.0
    assert found.mean_difference == pytest.approx((1 + sum(2 * age for age in range(1, 40))) / 41, rel=1e-5)
    assert [one.line for one in found.disagreements] == list(range(41, 21, -1))
    assert found.flips == ()


def test_a_class_in_place_of_a_value_is_another_answer(values: LoadedModel, tmp_path: Path) -> None:
    (one,) = replay(values, log(tmp_path / "log", line(person(10.0), DIED)))
    assert isinstance(one, Replayed)
    assert not one.agrees
