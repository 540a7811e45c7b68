"""Neighbours among the Titanic's passengers."""

from typing import Any

import numpy as np
import pytest
import tensorflow as tf

from analysis import predictions
from analysis.losses import losses
from components.data import keyed_rows
from components.evaluation import neighbours
from components.evaluation.neighbours import Nearest, find
from components.features.label_scale import LabelScale
from schemas.models import Tabular
from schemas.tasks import Regression
from tests.components.evaluation.trained import TRAIN_ROWS, Passengers, Trained, trained

COLUMNS = ("SibSp", "Fare", "Sex")


def found_for(world: Passengers, found: Trained, rows: list[int]) -> Nearest:
    return find(found.loaded, found.description, found.answers, str(world.examples), rows)


@pytest.fixture
def model(world: Passengers) -> Trained:
    return trained(world, Tabular(hidden=(4,)), COLUMNS)


def worst(found: Trained) -> list[int]:
    return np.argsort(-predictions.read(found.answers).loss)[:10].tolist()


def passenger(record: bytes) -> dict[str, Any]:
    """A tf.Example's columns; None where one is missing."""
    features = tf.train.Example.FromString(record).features.feature
    values = {
        name: getattr(one, one.WhichOneof("kind")).value if one.WhichOneof("kind") else ()
        for name, one in features.items()
    }
    return {name: _plain(value[0]) if value else None for name, value in values.items()}


def _plain(value: Any) -> Any:
    return value.decode() if isinstance(value, bytes) else value


def test_each_is_answered_correctly_and_no_nearer_one_is(world: Passengers, model: Trained) -> None:
    rows = worst(model)
    found = found_for(world, model, rows)
    assert [each.row for each in found.neighbours] == rows and found.notes == ()
    records = [passenger(record) for record in world.records("train")]
    answers = model.loaded.predict([{name: record[name] for name in COLUMNS} for record in records])
    classes = [("died", "survived")[record["Survived"]] for record in records]
    right = np.array([answer.class_ == label for answer, label in zip(answers, classes, strict=True)])
    columns = np.array([[record["SibSp"], np.log1p(record["Fare"])] for record in records])
    table = predictions.read(model.answers)
    for each in found.neighbours:
        row = table.row(each.row)
        steps = (columns - [row["input.SibSp"], np.log1p(row["input.Fare"])]) / columns.std(axis=0)
        distances = np.sqrt((steps**2).sum(axis=1) + [record["Sex"] != row["input.Sex"] for record in records])
        place = next(index for index, record in enumerate(records) if str(record["PassengerId"]) == each.key)
        assert right[place] and each.label == classes[place] and each.source_row == int(each.key)
        assert each.input == pytest.approx({name: records[place][name] for name in COLUMNS})
        assert (
            each.distance
            == pytest.approx(distances[place], abs=1e-4)
            == pytest.approx(distances[right].min(), abs=1e-4)
        )


def test_a_large_split_is_sampled_and_it_is_said(
    world: Passengers, model: Trained, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keyed_rows, "MOST", 50)
    found = found_for(world, model, worst(model))
    assert found.notes[0] == f"neighbours were searched among 50 of {TRAIN_ROWS} training examples, chosen at random"
    assert found == found_for(world, model, worst(model))
    assert found.neighbours != found_for(world, model, worst(model)[::-1]).neighbours


def test_a_row_whose_nearest_examples_are_all_wrong_has_none(
    world: Passengers, model: Trained, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = list(range(60))
    monkeypatch.setattr(neighbours, "_ROUNDS", (1,))
    found = found_for(world, model, rows)
    without = len(rows) - len(found.neighbours)
    assert without > 0
    assert found.notes == (f"{without} of the worst examples have no correctly answered one among their 1 nearest",)


def test_of_a_regression_a_good_answer_is_one_of_the_better_half(world: Passengers) -> None:
    task = Regression("Fare", log=True)
    found = trained(world, Tabular(hidden=(4,)), ("Age", "Sex"), task, scale=LabelScale(log=True, mean=3.0))
    answers = predictions.read(found.answers)
    for each in found_for(world, found, worst(found)).neighbours:
        (answer,) = found.loaded.predict([each.input])
        assert isinstance(each.label, float)
        loss = losses(task, np.array([each.label]), np.array([answer.value]))
        assert loss[0] <= np.median(answers.loss) + 1e-9
