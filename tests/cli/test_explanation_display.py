"""`slipway predict --explain`: what a terminal shows, and the options that have no meaning beside it."""

from collections.abc import Callable

import pytest
from typer.testing import CliRunner

from analysis.records import Attribution, Part
from cli import explanation_display
from cli.app import app
from components.evaluation.explaining_pushed import Explained
from prediction.answer import ClassAnswer, SeveralAnswer, ValueAnswer
from schemas.errors import InputError
from schemas.model_card import ModelCard
from tests.prediction import several_models


def explained(card: ModelCard, attribution: Attribution) -> Explained:
    answer = ClassAnswer("survived", 0.8, {"died": 0.2, "survived": 0.8})
    return Explained(card, answer, attribution, "the average of 3 test examples", "integrated gradients")


def test_the_hardest_push_stands_first(make_card: Callable[..., ModelCard]) -> None:
    parts = (Part("Age", "38", -0.1), Part("Sex", "female", 0.4))
    found = explained(make_card(version="1.0.0"), Attribution(0, "survived", 0.8, 0.5, 0.0, parts))
    lines = explanation_display.text(found).splitlines()
    assert lines[0].endswith("survived") and any("probability of survived 0.8, against 0.5" in line for line in lines)
    sex, age = lines[-2:]
    assert sex.startswith("Sex") and "+0.4000" in sex and sex.count("+") == 21 and sex.endswith("female")
    assert age.startswith("Age") and "-0.1000" in age and age.count("-") == 6


def test_a_picture_is_shown_by_pixels(make_card: Callable[..., ModelCard]) -> None:
    heat = ((0.5, 0.0), (-0.4, 0.1))
    found = explained(make_card(version="1.0.0"), Attribution(0, "survived", 0.8, 0.5, 0.0, (), heat))
    lines = explanation_display.text(found).splitlines()
    assert lines[-4:-2] == ["# .", "= +"]
    assert found.to_json()["explanation"]["heat"] == [[0.5, 0.0], [-0.4, 0.1]]


@pytest.mark.parametrize(
    "options", [["--example"], ["--url", "http://127.0.0.1:1"], ["--file", "a.csv", "--out", "b.csv"]]
)
def test_options_that_have_no_meaning_beside_it_are_refused(options: list[str]) -> None:
    result = CliRunner().invoke(app, ["predict", "titanic", *options, "--explain"])
    assert isinstance(result.exception, InputError) and options[0] in str(result.exception)


def test_of_several_labels_the_one_is_named_that_is_explained() -> None:
    card = several_models.several_card()
    answer = SeveralAnswer({"Survived": ClassAnswer("died", 0.8, {"died": 0.8}), "Fare paid.£": ValueAnswer(30.0)})
    for label, what in (("Survived", "Survived, probability of died"), ("Fare paid.£", "Fare paid.£, value")):
        attribution = Attribution(0, "died", 0.8, 0.5, 0.0, (Part("Age", "38", -0.1),))
        found = Explained(card, answer, attribution, "the average", "integrated gradients", label)
        assert f"explained:  {what} 0.8, against 0.5 of the average" in explanation_display.text(found)


def test_a_label_to_explain_is_refused_where_nothing_is_explained() -> None:
    result = CliRunner().invoke(app, ["predict", "titanic", "{}", "--label", "Fare"])
    assert isinstance(result.exception, InputError) and "--label Fare" in str(result.exception)
