"""Attributions of trained models of every kind."""

from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf

from components.evaluation.explaining import Explanation, explain
from components.features.encoded import Features
from schemas.models import Custom, Model, NGrams, Sequence, Tabular
from schemas.training import Training
from tests.components.evaluation.trained import Passengers, Trained, trained

TABLE = ("Age", "Fare", "SibSp", "Parch", "Sex", "Pclass", "Cabin", "Title", "Family")
COLUMNS = ["Age", "Fare", "SibSp", "Parch", "Sex", "Pclass", "Cabin", "Name"]
ROWS = [0, 7, 33, 59]
HERE = "tests.components.evaluation.test_explaining"


def own_lookup(features: Features) -> keras.Model:
    """Subclassed, with a table of its own; Fare is an input that it ignores."""

    class Looked(keras.Model):
        def __init__(self) -> None:
            super().__init__()
            self.table = self.add_weight((features["Sex"].ids, 3), "random_normal", name="table")
            self.last = features.output()

        def call(self, inputs: dict[str, Any]) -> Any:
            rows = tf.gather(self.table, inputs["Sex"])
            return self.last(tf.concat([rows, inputs["SibSp"][:, tf.newaxis]], axis=1))

    return Looked()


def choosing(features: Features) -> keras.Model:
    """Subclassed; the id of Sex chooses between two numbers, so that it has none itself."""

    class Choosing(keras.Model):
        def __init__(self) -> None:
            super().__init__()
            self.last = features.output()

        def call(self, inputs: dict[str, Any]) -> Any:
            chosen = tf.where(inputs["Sex"] == 0, inputs["Fare"], inputs["SibSp"])
            return self.last(tf.stack([chosen, inputs["Fare"]], axis=1))

    return Choosing()


def explained(found: Trained, rows: list[int] = ROWS) -> Explanation:
    return explain(found.loaded, found.description, found.answers, rows)


def scores(found: Trained, explanation: Explanation) -> list[float]:
    """What the Keras model itself answers, of the classes that are explained."""
    answers = np.asarray(found.model({name: value.numpy()[ROWS] for name, value in found.encoded.items()}))[:, 0]
    targets = [each.target for each in explanation.attributions]
    return [p if target == "survived" else 1 - p for p, target in zip(answers.tolist(), targets, strict=True)]


@pytest.mark.parametrize(
    ("spec", "names", "training"),
    [
        (Tabular(hidden=(8,), embed_above=1000), TABLE, {}),
        (Tabular(hidden=(8,), embed_above=3, wide=True, batch_norm=True), TABLE, {"ensemble": 2}),
        (Tabular(hidden=(8,)), (*TABLE, "Words", "Grams"), {}),
        (Sequence(reader="conv", width=4, embedding=4), ("Words",), {}),
        (Sequence(reader="gru", width=4, embedding=4), ("Words",), {}),
        (NGrams(hidden=(8,)), ("Grams",), {}),
        (Custom(f"{HERE}:own_lookup"), ("Sex", "SibSp", "Fare"), {"ensemble": 2}),
    ],
)
def test_parts_sum_to_the_difference_from_the_reference(
    spec: Model, names: tuple[str, ...], training: dict[str, int], world: Passengers, tmp_path: Path
) -> None:
    quick = Training(epochs=2, learning_rate=1e-2, **training)
    found = trained(world, spec, names, tmp_path, training=quick)
    explanation = explained(found)
    assert explanation.method.startswith("integrated gradients")
    assert [each.row for each in explanation.attributions] == ROWS
    assert [each.score for each in explanation.attributions] == pytest.approx(scores(found, explanation), abs=1e-5)
    for each in explanation.attributions:
        total = sum(part.attribution for part in each.parts)
        assert total + each.gap == pytest.approx(each.score - each.reference_score, abs=1e-6)
        assert abs(each.gap) <= max(0.02 * abs(each.score - each.reference_score), 0.002)
        assert any(abs(part.attribution) > 1e-4 for part in each.parts)
        assert not each.heat
