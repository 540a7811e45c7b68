"""DataFrames to inputs and back, without a model."""

import datetime
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from pipelines.python_api import frames
from prediction.answer import ClassAnswer, ClassesAnswer, SeveralAnswer, ValueAnswer, ValueInterval
from schemas.errors import InputError
from schemas.model_card import ModelCard
from tests.prediction import several_models


def test_values_of_numpy_and_pandas_are_plain_ones() -> None:
    row = {"a": np.int64(3), "b": np.float32(0.5), "c": np.nan, "d": pd.NaT, "e": pd.NA, "f": "x", "g": None}
    assert frames.plain(row) == {"a": 3, "b": 0.5, "c": None, "d": None, "e": None, "f": "x", "g": None}
    with pytest.raises(InputError, match=r"cannot read the picture nope\.png: No such file"):
        frames.plain(Path("nope.png"))


def test_times_are_the_text_that_they_are_in_a_dataframe() -> None:
    for times, text in (
        (pd.to_datetime(["2024-12-31 18:30"]), "2024-12-31T18:30:00"),
        (pd.to_datetime(["2024-12-31 18:30"]).tz_localize("Europe/Berlin"), "2024-12-31T17:30:00Z"),
        ([datetime.date(2024, 12, 31)], "2024-12-31"),
    ):
        column = pd.Series(times)
        (cell,) = frames._cells("when", column, "string").to_pylist()
        assert cell == text == frames.plain(column[0])
    assert frames.plain(np.datetime64("2024-12-31T18:30:00", "ns")) == "2024-12-31T18:30:00"
    assert frames.plain(np.datetime64("NaT")) is None


def test_answers_have_the_columns_of_a_batch(make_card: Callable[..., ModelCard]) -> None:
    answers = [ClassAnswer("died", 0.75, {"died": 0.75, "survived": 0.25})]
    card = make_card()
    assert frames.of_answers(answers, card, False).to_dict("records") == [{"class": "died", "confidence": 0.75}]
    assert list(frames.of_answers(answers, card, True).columns) == ["class", "confidence", "p(died)", "p(survived)"]
    people = several_models.several_card()
    both = [
        SeveralAnswer(
            {
                "Survived": ClassAnswer("died", 0.75, {"died": 0.75, "survived": 0.25}),
                "Fare paid.£": ValueAnswer(2.5, ValueInterval(1.0, 4.0, 0.9)),
                "traits": ClassesAnswer(("young", "male"), {"young": 0.75, "für €": 0.25, "male": 0.5}),
            }
        )
    ]
    (row,) = frames.of_answers(both, people, False).to_dict("records")
    assert row["Fare paid.£.low"] == 1.0 and row["traits.classes"] == '["young", "male"]'
    assert frames.of_answers(both, people, True)["traits.p(für €)"].tolist() == [0.25]
    houses = make_card(classes=None, outputs=["value"])
    assert frames.of_answers([ValueAnswer(2.5)], houses, False).to_dict("records") == [{"value": 2.5}]
    ranged = make_card(classes=None, outputs=["value", "low", "high"], share=0.8)
    found = frames.of_answers([ValueAnswer(2.5, ValueInterval(1.0, 4.0, 0.8))], ranged, False)
    assert found.to_dict("records") == [{"value": 2.5, "low": 1.0, "high": 4.0}]
