"""Answers of any number of classes, and of several labels: read, written, in files, and replayed."""

import csv
import json
import math
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from prediction.answer import (
    Answer,
    ClassAnswer,
    ClassesAnswer,
    NotFiniteError,
    SeveralAnswer,
    ValueAnswer,
    ValueInterval,
)
from prediction.answer_json import from_json
from prediction.files import batch, file_request
from prediction.files.file_request import FileRequest
from prediction.loaded_model import LoadedModel
from prediction.outputs import answers, outputs_of
from prediction.replay import replay
from prediction.replay_summary import Counting, Flip, Replay
from schemas.errors import InputError
from schemas.tasks import BinaryClassification, Regression, Several
from tests.prediction import several_models
from tests.prediction.replay_models import line, log

FARE = "Fare paid.£"
BOY, WOMAN = {"Age": 8, "Sex": "male"}, {"Age": 40, "Sex": "female"}
names = st.text(st.characters(codec="utf-8"))
floats = st.floats(allow_nan=False, allow_infinity=False)
shares = st.dictionaries(names, floats, max_size=3)
single = st.one_of(
    st.builds(ClassAnswer, names, floats, shares),
    st.builds(ClassesAnswer, st.lists(names, unique=True).map(tuple), shares),
    st.builds(ValueAnswer, floats, st.none() | st.builds(ValueInterval, floats, floats, floats)),
)
# Labels that are the names of an answer's own members, too.
labels = names | st.sampled_from(["class", "classes", "value", "values", "interval", "probabilities", "error"])


@given(single | st.dictionaries(labels, single, min_size=1, max_size=4).map(SeveralAnswer))
def test_an_answer_is_read_back_from_its_json(answer: Answer) -> None:
    assert from_json(json.loads(json.dumps(answer.as_json()))) == answer


@pytest.mark.parametrize(
    "output",
    [{"classes": "a"}, {"classes": [1]}, {"classes": ["a"], "probabilities": 1}, {"a": {}}, {},
     {"a": {"b": {"value": 1.0}}}, {"a": {"values": [1.0]}}, {"a": {"value": 1.0}, "b": 2}, {"a": {"value": math.inf}}],
)  # fmt: skip
def test_what_is_no_answer_is_refused(output: Any) -> None:
    with pytest.raises(ValueError, match=r"is|are"):
        from_json(output)


@pytest.fixture(scope="module")
def traits(tmp_path_factory: pytest.TempPathFactory) -> LoadedModel:
    return LoadedModel(several_models.labels(tmp_path_factory.mktemp("traits")))


@pytest.fixture(scope="module")
def people(tmp_path_factory: pytest.TempPathFactory) -> LoadedModel:
    return LoadedModel(several_models.several(tmp_path_factory.mktemp("people")))


def test_a_saved_model_s_outputs_are_read_whatever_its_labels_are_called(people: LoadedModel) -> None:
    boy, woman = people.predict([BOY, WOMAN])
    assert isinstance(boy, SeveralAnswer) and list(boy.answers) == ["Survived", FARE, "traits"]
    assert boy.as_json(probabilities=False) == {
        "Survived": {"class": "survived", "confidence": 0.75},
        FARE: {"value": 16.0, "interval": {"low": 8.0, "high": 32.0, "share": 0.9}},
        "traits": {"classes": ["young", "male"]},
    }
    assert woman.as_json()["traits"] == {  # type: ignore[typeddict-item]
        "classes": [],
        "probabilities": {"young": 0.25, "für €": 0.125, "male": 0.25},
    }


def test_lists_of_the_wire_are_read_as_arrays_are(people: LoadedModel) -> None:
    columns = {"Age": [8.0, 40.0], "Sex": ["male", "female"]}
    arrays = people.predict_columns(columns)
    lists = {name: array.reshape(-1).tolist() for name, array in arrays.items()}
    assert answers(people.card, lists) == answers(people.card, arrays) == people.predict([BOY, WOMAN])
    assert set(outputs_of(people.card)) == set(arrays)


def test_the_row_and_the_output_without_a_finite_answer_are_named(people: LoadedModel) -> None:
    with pytest.raises(
        NotFiniteError, match=r"people 1\.0\.0, input 2: the answer's Fare paid\.£\.(low|value|high) is nan"
    ):
        people.predict([BOY, {"Sex": "male"}])


def test_outputs_that_do_not_fit_are_refused(people: LoadedModel) -> None:
    columns = people.predict_columns({"Age": [8.0, 40.0], "Sex": ["male", "female"]})
    for wrong in (
        {"Survived.class": columns["Survived.class"][:1]},
        {"traits.classes": [b'["young"', b"[]"]},
        {"traits.classes": [b'"young"', b"[]"]},
        {f"{FARE}.low": [b"x", b"y"]},
    ):
        with pytest.raises(ValueError):
            answers(people.card, {**columns, **wrong})
    without = {name: values for name, values in columns.items() if name != "traits.classes"}
    with pytest.raises(ValueError, match=r"there is no output 'traits\.classes'"):
        answers(people.card, without)


def test_a_label_may_begin_as_another_one_does() -> None:
    task = Several.of(
        (Regression("fare", quantiles=(0.1, 0.9)), BinaryClassification("fare.high", classes=("no", "yes")))
    )
    card = several_models.card_of(task, [])
    outputs = {f"fare.{name}": [1.0] for name in ("value", "low", "high")}
    outputs |= {"fare.high.class": [b"no"], "fare.high.confidence": [0.75], "fare.high.probabilities": [0.75, 0.25]}
    (answer,) = answers(card, outputs)
    assert answer.as_json(probabilities=False) == {
        "fare": {"value": 1.0, "interval": {"low": 1.0, "high": 1.0, "share": 0.8}},
        "fare.high": {"class": "no", "confidence": 0.75},
    }


def predicted(model: LoadedModel, folder: Path, out: str, *, probabilities: bool = False) -> Path:
    file = folder / "rows.csv"
    file.write_text("Age,Sex\n8,male\n40,female\n")
    request = FileRequest(str(file), str(folder / out), probabilities=probabilities)
    batch.run(model.card, request, lambda _: model)
    return folder / out


def test_a_csv_file_has_the_columns_of_each_label(people: LoadedModel, tmp_path: Path) -> None:
    with predicted(people, tmp_path, "out.csv").open(newline="", encoding="utf-8") as file:
        boy, woman = csv.DictReader(file)
    fare = {f"{FARE}.value": "16", f"{FARE}.low": "8", f"{FARE}.high": "32"}
    survived = {"Survived.class": "survived", "Survived.confidence": "0.75"}
    assert boy == {"Age": "8", "Sex": "male", **survived, **fare, "traits.classes": '["young", "male"]'}
    assert woman["traits.classes"] == "[]"


def test_a_parquet_file_has_every_class_s_probability_on_request(
    people: LoadedModel, traits: LoadedModel, tmp_path: Path
) -> None:
    table = pq.read_table(predicted(traits, tmp_path, "traits.parquet", probabilities=True))
    assert table.column_names == ["Age", "Sex", "classes", "p(young)", "p(für €)", "p(male)"]
    assert table["classes"].to_pylist() == ['["young", "male"]', "[]"]
    assert table["p(male)"].to_pylist() == [0.75, 0.25]
    table = pq.read_table(predicted(people, tmp_path, "people.parquet", probabilities=True))
    own = [name for name in table.column_names if name.endswith(")")]
    assert own == [
        "Survived.p(died)",
        "Survived.p(survived)",
        *(f"traits.p({name})" for name in traits.card.classes or ()),
    ]
    assert table["Survived.p(died)"].to_pylist() == [0.25, 0.75]


def test_probabilities_of_numbers_alone_are_refused(people: LoadedModel, tmp_path: Path) -> None:
    numbers = {"tasks": people.card.tasks[1:2] if people.card.tasks else None, "configuration": {}}
    (tmp_path / "a.csv").touch()
    request = FileRequest(str(tmp_path / "a.csv"), str(tmp_path / "b.csv"), probabilities=True)
    with pytest.raises(InputError, match="--probabilities is for a classification; people predicts no class"):
        file_request.check(request, several_models.several_card(**numbers))


def counted(model: LoadedModel, path: str) -> Replay:
    counting = Counting()
    for one in replay(model, path):
        counting.add(one)
    return counting.result(model.card, path)


def test_classes_that_came_and_went_are_counted(traits: LoadedModel, tmp_path: Path) -> None:
    lines = [
        line(BOY, {"classes": ["male", "young"]}, model="traits"),
        line(BOY, {"classes": ["für €", "male"]}, model="traits"),
        line(WOMAN, {"classes": []}, model="traits"),
    ]
    found = counted(traits, log(tmp_path / "log", *lines))
    assert (found.agreeing, found.by_task, found.mean_difference) == (2, (), None)
    expected = {Flip("male", "male", 2), Flip("young", "young", 1), Flip("", "young", 1), Flip("für €", "", 1)}
    assert set(found.flips) == expected
    assert [one.line for one in found.disagreements] == [2]


def test_each_label_is_compared_and_a_line_agrees_in_all_of_them(people: LoadedModel, tmp_path: Path) -> None:
    now = [answer.as_json() for answer in people.predict([BOY, WOMAN])]
    other = now[0] | {"Survived": {"class": "died", "confidence": 0.5}, FARE: {"value": 20.0}}
    logged = [(BOY, now[0]), (WOMAN, now[1]), (BOY, other)]
    found = counted(people, log(tmp_path / "log", *(line(*one, model="people") for one in logged)))
    assert (found.lines, found.agreeing, found.flips, found.mean_difference) == (3, 2, (), None)
    survived, fare, traits = found.by_task
    assert (survived.label, survived.agreeing, traits.agreeing) == ("Survived", 2, 3)
    assert Flip("died", "survived", 1) in survived.flips
    assert (fare.agreeing, fare.largest_difference) == (2, 4.0)
    assert fare.mean_difference == pytest.approx(4 / 3)
    assert Replay.from_json(json.loads(json.dumps(found.to_json()))) == found


def test_an_answer_of_another_task_does_not_agree(people: LoadedModel, tmp_path: Path) -> None:
    found = counted(people, log(tmp_path / "log", line(BOY, {"value": 1.0}, model="people")))
    assert (found.answered, found.agreeing) == (1, 0)
    assert [one.line for one in found.disagreements] == [1]
