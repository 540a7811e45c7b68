import importlib.util

import pytest

from schemas.features import Category, Feature, Image, Number, Text
from schemas.models import Convolutional, Custom, Model, NGrams, Sequence, Tabular
from schemas.problems import Problem

KINDS: tuple[Model, ...] = (Tabular(), Convolutional(), Sequence(), NGrams(), Custom("mine.ships:build"))
TABLE: dict[str, Feature] = {"tons": Number(), "flag": Category()}
PICTURE: dict[str, Feature] = {"photo": Image()}
IDS: dict[str, Feature] = {"log": Text()}
BAG: dict[str, Feature] = {"log": Text(encoding="multi_hot")}
WEIGHTED: dict[str, Feature] = {"log": Text(encoding="tf_idf")}
FOR_NGRAMS = "exactly one Text(encoding='multi_hot' or 'tf_idf') with NGrams(...)"
FOR_SEQUENCE = "exactly one Text(encoding='ids') with Sequence(...)"
FOR_CONVOLUTIONAL = "Tabular(...), or exactly one Image feature with Convolutional(...)"


@pytest.mark.parametrize(
    "model", [*KINDS, Tabular(hidden=(), dropout=0, wide=True), Sequence(reader="gru"), NGrams(hidden=())]
)
def test_a_sound_model_has_no_problems(model: Model) -> None:
    assert list(model.problems()) == []


@pytest.mark.parametrize(
    ("model", "field", "received", "allowed"),
    [
        *(
            (kind(**{field: value}), field, value, allowed)
            for kind in (Tabular, Convolutional, Sequence, NGrams)
            for field, value, allowed in (
                ("dropout", 0.96, "a number from 0 to 0.95"),
                ("l1", -1, "a number from 0 to 10"),
                ("l2", 11, "a number from 0 to 10"),
                ("batch_norm", 0, "True or False"),
            )
        ),
        (Tabular(wide="deep"), "wide", "deep", "True or False"),
        (Convolutional(shift=0.6), "shift", 0.6, "a number from 0 to 0.5"),
        (Convolutional(rotate=-0.1), "rotate", -0.1, "a number from 0 to 0.5"),
        (Convolutional(zoom=None), "zoom", None, "a number from 0 to 0.5"),
        (Convolutional(flip="left"), "flip", "left", "True or False"),
        (Sequence(reader="lstm"), "reader", "lstm", "one of conv, gru"),
        (Sequence(kernel=0), "kernel", 0, "a whole number of at least 1"),
        (Sequence(embedding=1.5), "embedding", 1.5, "a whole number of at least 1"),
        (NGrams(hidden=32), "hidden", 32, "a tuple of positive whole numbers"),
        (NGrams(input_dropout=1), "input_dropout", 1, "a number from 0 to 0.95"),
        (Custom("mine.ships.build"), "build", "mine.ships.build", "'module:function'"),
        (Custom(None), "build", None, "'module:function'"),
    ],
)
def test_a_wrong_value_is_named_with_what_is_allowed(model: Model, field: str, received: object, allowed: str) -> None:
    assert list(model.problems()) == [Problem(field, received, allowed)]


@pytest.mark.parametrize(
    ("model", "features", "instead"),
    [
        (Tabular(), TABLE | IDS | {"bag": Text(encoding="tf_idf")}, None),
        (Tabular(), PICTURE, "Convolutional(...) for an Image feature"),
        (Tabular(), TABLE | PICTURE, None),
        (Convolutional(), PICTURE, None),
        (Convolutional(), PICTURE | {"other": Image()}, FOR_CONVOLUTIONAL),
        (Convolutional(), PICTURE | TABLE, FOR_CONVOLUTIONAL),
        (Sequence(), IDS, None),
        (Sequence(), BAG, FOR_SEQUENCE),
        (Sequence(), IDS | TABLE, FOR_SEQUENCE),
        (Sequence(), {"tons": Number()}, FOR_SEQUENCE),
        (NGrams(), BAG, None),
        (NGrams(), WEIGHTED, None),
        (NGrams(), IDS, FOR_NGRAMS),
        (NGrams(), BAG | {"title": Text(encoding="multi_hot")}, FOR_NGRAMS),
        (Custom("mine.ships:build"), TABLE | PICTURE | IDS, None),
    ],
)
def test_a_model_says_what_to_use_instead(model: Model, features: dict[str, Feature], instead: str | None) -> None:
    assert model.unsuited(features) == instead


def test_the_modules_of_a_model_are_there() -> None:
    assert Tabular().modules == ("components.training.models.tabular",)
    assert Custom("mine.ships:build").modules == ("components.training.models.custom", "mine.ships")
    built_in = [model.modules[0] for model in KINDS]
    assert len(set(built_in)) == len(built_in)
    assert all(importlib.util.find_spec(module) for module in built_in)
