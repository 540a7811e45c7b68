"""Attributions of trained models of every kind."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf

from analysis import predictions
from components.evaluation.explaining import Explanation, explain, explain_input
from components.features.encoded import Features
from components.features.label_scale import LabelScale
from components.training.models.layers import BagOfIds
from prediction.answer import ClassAnswer
from prediction.loaded_model import LoadedModel
from schemas.errors import InputError
from schemas.model_card import ModelCard
from schemas.models import Custom, Model, NGrams, Sequence, Tabular
from schemas.tasks import Regression
from tests.components.evaluation.models import saved
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


def families(features: Features) -> keras.Model:
    """Functional; it reads Family alone."""
    inputs = features.inputs()
    looked_up = keras.layers.Embedding(features["Family"].ids, 2)(inputs["Family"])
    return keras.Model(inputs, features.output()(looked_up))


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


def crossed(features: Features) -> keras.Model:
    """Functional; two categories are looked up as one."""
    inputs = features.inputs()
    pairs = inputs["Sex"] * features["Pclass"].ids + inputs["Pclass"]
    looked_up = keras.layers.Embedding(features["Sex"].ids * features["Pclass"].ids, 2)(pairs)
    return keras.Model(inputs, features.output()(looked_up))


def without_gradient(features: Features) -> keras.Model:
    """Subclassed; TensorFlow has no gradient of one of its operations."""

    class Contrast(keras.Model):
        def __init__(self) -> None:
            super().__init__()
            self.last = features.output()

        def call(self, inputs: dict[str, Any]) -> Any:
            picture = tf.stack([inputs["Fare"], inputs["SibSp"]], axis=1)[:, :, tf.newaxis, tf.newaxis]
            return self.last(tf.image.adjust_contrast(picture, 2.0)[:, :, 0, 0])

    return Contrast()


def unknown_words(features: Features) -> keras.Model:
    """Subclassed; it counts the unknown words, and looks none up."""

    class Counting(keras.Model):
        def __init__(self) -> None:
            super().__init__()
            self.last = features.output()

        def call(self, inputs: dict[str, Any]) -> Any:
            unknown = tf.cast(inputs["Words"] == 1, tf.float32)
            return self.last(tf.reduce_sum(unknown, axis=1, keepdims=True))

    return Counting()


def explained(found: Trained, rows: list[int] = ROWS) -> Explanation:
    return explain(found.loaded, found.description, found.answers, rows)


def logit(probability: Any) -> np.ndarray:
    numbers = np.asarray(probability, np.float64)
    return np.log(numbers / (1 - numbers))


def scores(found: Trained, explanation: Explanation) -> list[float]:
    """What the Keras model itself answers, of the classes that are explained."""
    answers = np.asarray(found.model({name: value.numpy()[ROWS] for name, value in found.encoded.items()}))[:, 0]
    targets = [each.target for each in explanation.attributions]
    return [p if target == "survived" else 1 - p for p, target in zip(answers.tolist(), targets, strict=True)]


@pytest.mark.parametrize(
    ("spec", "names", "ensemble"),
    [
        (Tabular(hidden=(8,), embed_above=1000), TABLE, 1),
        (Tabular(hidden=(8,), embed_above=3, wide=True, batch_norm=True), TABLE, 2),
        (Tabular(hidden=(8,)), (*TABLE, "Words", "Grams"), 1),
        (Sequence(reader="conv", width=4, embedding=4), ("Words",), 1),
        (Sequence(reader="gru", width=4, embedding=4), ("Words",), 1),
        (NGrams(hidden=(8,)), ("Grams",), 1),
        (Custom(f"{HERE}:own_lookup"), ("Sex", "SibSp", "Fare"), 2),
    ],
)
def test_parts_sum_to_the_difference_from_the_reference(
    spec: Model, names: tuple[str, ...], ensemble: int, world: Passengers
) -> None:
    found = trained(world, spec, names, ensemble=ensemble)
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


def parts_of(explanation: Explanation) -> list[dict[str, float]]:
    return [{part.name: part.attribution for part in each.parts} for each in explanation.attributions]


def test_of_a_linear_model_the_parts_are_known(world: Passengers) -> None:
    """Of sigmoid(w x + b), w_i (x_i - r_i) has its share of the difference: the line meets each slope at the same places."""
    found = trained(world, Tabular(hidden=(), wide=False), ("Age", "Fare", "Sex", "Title"))
    encoded = {name: value.numpy() for name, value in found.encoded.items()}

    def z(**changed: Any) -> np.ndarray:
        rows = {name: np.broadcast_to(changed.get(name, value), value.shape) for name, value in encoded.items()}
        return logit(np.asarray(found.model(rows))[:, 0])

    steps = {name: z() - z(**{name: encoded[name].mean(axis=0)}) for name in ("Age", "Fare")}
    for name in ("Sex", "Title"):
        # The mean of one-hot vectors gives a linear model the mean of what each category gives it.
        steps[name] = z() - sum((encoded[name] == id_).mean() * z(**{name: id_}) for id_ in np.unique(encoded[name]))
    steps["Name"] = steps.pop("Title")
    start = z() - sum(steps.values())
    slope = (1 / (1 + np.exp(-z())) - 1 / (1 + np.exp(-start))) / (z() - start)
    explanation = explained(found)
    assert "the average of 60 test examples" in explanation.reference
    for row, each, parts in zip(ROWS, explanation.attributions, parts_of(explanation), strict=True):
        sign = 1 if each.target == "survived" else -1
        assert parts == pytest.approx({name: sign * (step * slope)[row] for name, step in steps.items()}, abs=1e-4)


def test_columns_have_the_parts_of_what_is_computed_of_them(world: Passengers) -> None:
    alone = trained(world, Custom(f"{HERE}:families"), ("SibSp", "Parch", "Family"), epochs=0)
    for each in explained(alone).attributions:
        parts = {part.name: part.attribution for part in each.parts}
        assert parts.keys() == {"SibSp", "Parch"} and parts["SibSp"] == parts["Parch"] != 0
        assert sum(parts.values()) == pytest.approx(each.score - each.reference_score, rel=0.02, abs=0.002)
    table = trained(world, Tabular(hidden=(8,), embed_above=1000), TABLE)
    first = explained(table).attributions[0]
    assert [part.name for part in first.parts] == COLUMNS
    shown = {part.name: part.value for part in first.parts}
    assert shown["Sex"] in ("male", "female") and float(shown["Fare"]) > 0 and shown["Cabin"] == ""


def test_what_a_model_ignores_has_no_part(world: Passengers) -> None:
    found = trained(world, Custom(f"{HERE}:own_lookup"), ("Sex", "SibSp", "Fare"), ensemble=2)
    for parts in parts_of(explained(found)):
        assert parts["Fare"] == 0 and parts["Sex"] != 0


def test_a_linear_model_of_ngrams_is_explained_by_its_weights(world: Passengers) -> None:
    found = trained(world, NGrams(hidden=()), ("Grams",))
    bag = next(layer for layer in found.model.layers if isinstance(layer, BagOfIds))
    vocabulary = [word.decode() for word in world.transform.vocabulary_by_name("vocabulary_Grams")]
    kernel, bias = np.asarray(bag.kernel)[:, 0], float(bag.bias[0])
    explanation = explained(found)
    assert explanation.reference == "a text of as many words whose vectors are zero"
    for row, each in zip(ROWS, explanation.attributions, strict=True):
        ids, weights = (found.encoded[name].numpy()[row] for name in ("Grams", "Grams (weights)"))
        total = float(kernel[ids] @ weights)
        slope = (1 / (1 + np.exp(-total - bias)) - 1 / (1 + np.exp(-bias))) / total
        share = {vocabulary[i - 1]: float(kernel[i] * w * slope) for i, w in zip(ids, weights, strict=True) if i}
        words = [part.name for part in each.parts]
        expected = np.zeros(len(words))
        for gram, value in share.items():
            size = len(gram.split())
            starts = [start for start in range(len(words)) if " ".join(words[start : start + size]) == gram]
            for start in starts:
                expected[start : start + size] += value / len(starts) / size
        sign = 1 if each.target == "survived" else -1
        assert [part.attribution for part in each.parts] == pytest.approx(list(sign * expected), abs=1e-5)


def test_words_stand_in_their_order_up_to_the_length_that_is_read(world: Passengers) -> None:
    found = trained(world, Sequence(reader="conv", width=4, embedding=4), ("Words",))
    names = predictions.read(found.answers).input("Words").to_pylist()
    long = max(range(len(names)), key=lambda row: len(names[row]))
    (each,) = explained(found, [long]).attributions
    words = re.findall(r"[\w']+", names[long].lower())
    assert len(words) > 5 and [part.name for part in each.parts] == words[:5]


def test_a_regression_is_explained_in_its_unit(world: Passengers) -> None:
    scale = LabelScale(log=True, mean=10.0, deviation=2.0)
    found = trained(world, Tabular(hidden=(4,)), ("Age", "Sex"), Regression("Fare", log=True), scale=scale)
    values = predictions.read(found.answers).answers
    for each in explained(found).attributions:
        assert each.target == "Fare" and each.score == pytest.approx(values[each.row], rel=1e-5) and each.score > 1000
        total = sum(part.attribution for part in each.parts)
        assert total == pytest.approx(each.score - each.reference_score, rel=0.03, abs=0.002 * each.score)


def test_a_model_that_chooses_by_an_id_is_explained_by_occlusion(world: Passengers) -> None:
    found = trained(world, Custom(f"{HERE}:choosing"), ("Sex", "SibSp", "Fare"), epochs=0)
    explanation = explained(found)
    assert explanation.method.startswith("occlusion") and "Sex and other numbers are combined" in explanation.method
    assert "the mean of a number and the most frequent category of 60 test examples" in explanation.reference
    for each, parts in zip(explanation.attributions, parts_of(explanation), strict=True):
        row = {name: value.numpy()[[each.row]] for name, value in found.encoded.items()}
        without = row | {"Fare": found.encoded["Fare"].numpy().mean(keepdims=True)}
        sign = 1 if each.target == "survived" else -1
        expected = sign * float(found.model(row)[0, 0] - found.model(without)[0, 0])
        assert parts["Fare"] == pytest.approx(expected, abs=1e-6)
        assert sum(parts.values()) + each.gap == pytest.approx(each.score - each.reference_score, abs=1e-6)


@pytest.mark.parametrize(
    ("build", "names", "reason"),
    [
        ("crossed", ("Sex", "Pclass"), "Pclass and Sex are combined"),
        ("without_gradient", ("Fare", "SibSp"), "No gradient defined for operation"),
    ],
)
def test_why_there_are_no_integrated_gradients_is_said(
    build: str, names: tuple[str, ...], reason: str, world: Passengers
) -> None:
    explanation = explained(trained(world, Custom(f"{HERE}:{build}"), names, epochs=0))
    assert explanation.method.startswith("occlusion") and reason in explanation.method


def test_words_that_are_not_looked_up_are_occluded(world: Passengers) -> None:
    found = trained(world, Custom(f"{HERE}:unknown_words"), ("Words",), epochs=0)
    explanation = explained(found)
    assert explanation.method.startswith("occlusion") and explanation.reference == "a text of unknown words"
    for each in explanation.attributions:
        ids = found.encoded["Words"].numpy()[each.row]
        known = [part.attribution != 0 for part in each.parts]
        assert known == [id_ > 1 for id_ in ids if id_]


def test_a_model_of_an_older_version_cannot_be_explained(
    world: Passengers, make_card: Callable[..., ModelCard], tmp_path: Path
) -> None:
    card = make_card(inputs={"Age": {"type": "number", "tensor": "age"}})
    model = saved(tmp_path, card, lambda age: {"probabilities": tf.stack([age, 1 - age], axis=1)})
    found = trained(world, Tabular(hidden=(), wide=False), ("Age", "Fare", "Sex", "Title"))
    with pytest.raises(InputError, match="exported by an older version, which cannot be explained; train it again"):
        explain(LoadedModel(model), found.description, found.answers, ROWS)


@pytest.mark.parametrize(
    ("spec", "names"), [(Tabular(hidden=(8,), embed_above=1000), TABLE), (NGrams(hidden=(8,)), ("Grams",))]
)
def test_an_input_is_explained_as_the_same_test_example(spec: Model, names: tuple[str, ...], world: Passengers) -> None:
    found = trained(world, spec, names)
    for each in explained(found).attributions:
        row = predictions.rows(found.answers, [each.row])[each.row]
        given = {name: row[predictions.INPUT + name] for name in found.description.raw()}
        answer, explanation = explain_input(found.loaded, found.description, found.answers, given)
        (one,) = explanation.attributions
        assert isinstance(answer, ClassAnswer) and one.target == each.target == answer.class_
        assert [part.value for part in one.parts] == [part.value for part in each.parts]
        weights = [part.attribution for part in one.parts]
        assert weights == pytest.approx([part.attribution for part in each.parts], abs=1e-5)
        assert one.score == pytest.approx(answer.confidence, abs=1e-5)


def test_a_table_needs_the_examples_that_an_answer_is_compared_with(world: Passengers) -> None:
    found = trained(world, Tabular(hidden=(8,), embed_above=1000), TABLE)
    with pytest.raises(InputError, match=r"cannot read the predictions .*run the pipeline again"):
        explain_input(found.loaded, found.description, found.answers.with_name("none"), {"Age": 3.0})
