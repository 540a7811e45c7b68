"""One model of several tasks is what a model of each would be: the same answers, losses and outputs, side by side."""

import json
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from components.features.label_scale import LabelScale
from components.features.scales import ClassScale, MaskScale, Scale, SeveralScale
from components.training import trainer
from components.training.export import named_outputs
from components.training.models.endings import Heads, Widened, ended, ending_of, placed, unended
from components.training.models.heads import accuracy_of, loss_of, output_layer
from schemas import graphs
from schemas.tasks import (
    BinaryClassification,
    MulticlassClassification,
    MultiLabel,
    Ordinal,
    Regression,
    Several,
    Task,
)
from schemas.training import Training

PARTS: dict[Task, Any] = {
    BinaryClassification("sunk", ("no", "yes")): ClassScale(),
    MulticlassClassification("port", ("A", "B", "C"), weight=0.5): ClassScale(),
    Regression("price", log=True, quantiles=(0.1, 0.9)): LabelScale(log=True, mean=2.0, deviation=3.0),
    Ordinal("state", ("poor", "fair", "good")): ClassScale(),
    MultiLabel("tags", ("a", "b", "c", "d"), weight=2.0): MaskScale(4),
    Regression("age"): LabelScale(mean=30.0, deviation=10.0),
}
TASK = Several.of(tuple(PARTS))
SCALE = SeveralScale(tuple(PARTS.values()))
LABELS = (
    tf.constant([0, 1, 1], tf.int64),
    tf.constant([2, 0, 1], tf.int64),
    tf.constant([7.0, 80.0, 0.0]),
    tf.constant([0, 2, 1], tf.int64),
    tf.constant([0b0000, 0b1010, 0b1111], tf.int64),
    tf.constant([20.0, 33.0, 71.0]),
)
UNITS = sum(part.output["units"] for part in PARTS)
SCORES = np.random.default_rng(0).normal(size=(3, UNITS)).astype(np.float32)


def alone(part: Task, scores: np.ndarray) -> Any:
    """What the model of one task answers to the scores of its dense layer."""
    activate = keras.activations.get(part.output.get("activation"))
    ending = ending_of(part)
    return activate(scores) if ending is None else ending(activate(scores))


def parts_of_scores() -> list[np.ndarray]:
    return np.split(SCORES, np.cumsum([part.output["units"] for part in PARTS])[:-1], axis=1)


def test_each_head_answers_as_it_would_alone() -> None:
    answers = np.asarray(ending_of(TASK)(SCORES))
    for (place, part), scores in zip(placed(TASK), parts_of_scores(), strict=True):
        assert np.allclose(answers[:, place.answer], alone(part, scores), atol=1e-6), part


def test_the_loss_is_the_weighted_sum_of_the_tasks_losses() -> None:
    training, answers = Training(), ending_of(TASK)(SCORES)
    found = np.asarray(loss_of(TASK, training)(SCALE.learned(LABELS), answers))
    expected = sum(
        part.weight * np.asarray(loss_of(part, training)(scale.learned(label)[:, None], answers[:, place.answer]))
        if not isinstance(scale, MaskScale)
        else part.weight * np.asarray(loss_of(part, training)(scale.learned(label), answers[:, place.answer]))
        for (place, part), scale, label in zip(placed(TASK), PARTS.values(), LABELS, strict=True)
    )
    assert found.shape == (3,) and np.allclose(found, expected, rtol=1e-5)
    assert accuracy_of(TASK) is None


def test_outputs_have_the_label_in_front() -> None:
    answers = tf.constant(ending_of(TASK)(SCORES))
    found = named_outputs(answers, TASK, SCALE)
    expected = {}
    for (place, part), scale in zip(placed(TASK), PARTS.values(), strict=True):
        outputs = named_outputs(answers[:, place.answer], part, scale)
        expected |= {f"{part.label}.{name}": output for name, output in outputs.items()}
    assert found.keys() == expected.keys() >= {"sunk.class", "price.low", "tags.classes", "age.value"}
    assert all(np.array_equal(found[name], expected[name]) for name in expected)


def test_a_model_of_several_tasks_ends_and_is_saved_as_any_other(tmp_path: Any) -> None:
    inputs = {"x": keras.Input((2,), name="x")}
    plain = keras.Model(inputs, output_layer(TASK)(inputs["x"]))
    whole = ended(plain, TASK)
    assert isinstance(whole.layers[-1], Heads)
    assert [layer.name for layer in unended(whole).layers] == [layer.name for layer in plain.layers]
    x = {"x": np.ones((2, 2), np.float32)}
    whole.save(tmp_path / "model.keras")
    assert np.array_equal(keras.models.load_model(tmp_path / "model.keras")(x), whole(x))


def test_it_is_drawn_without_what_follows_its_last_layer_however_many_intervals_it_has(tmp_path: Any) -> None:
    inputs = {"x": keras.Input((2,), name="x")}
    model = ended(keras.Model(inputs, output_layer(TASK)(inputs["x"])), TASK)
    widened = keras.Model(model.input, Widened(0.1, 7)(Widened(0.1, 3)(model.output)))
    trainer._write_graph(widened, Training(), tmp_path)
    drawn = json.loads((tmp_path / graphs.PATH).read_text())
    assert [layer["class_name"] for layer in drawn["config"]["layers"]] == ["InputLayer", "Dense"]


@given(st.integers(0, 3), st.floats(-3, 3))
def test_intervals_are_widened_where_they_stand(first: int, margin: float) -> None:
    answers = np.sort(SCORES[:, :7], axis=1)
    answers[:, [first, first + 1]] = answers[:, [first + 1, first]]  # value, low, high
    found = np.asarray(Widened(margin, first)(answers))
    expected = np.asarray(Widened(margin)(answers[:, first : first + 3]))
    assert np.array_equal(found[:, first : first + 3], expected)
    others = [column for column in range(7) if not first <= column < first + 3]
    assert np.array_equal(found[:, others], answers[:, others])


@given(
    st.lists(st.text(min_size=1), min_size=1, max_size=6, unique=True).flatmap(
        lambda names: st.tuples(
            st.just(tuple(names)),
            arrays(np.float32, (3, len(names)), elements=st.floats(0, 1, width=32)),
            st.floats(0.05, 0.95),
        )
    )
)
def test_an_answer_s_classes_are_a_json_array_of_the_probable_ones(drawn: Any) -> None:
    names, probabilities, threshold = drawn
    names = tuple(name.encode("utf-8", "ignore").decode() or "x" for name in names)
    task, scale = MultiLabel("y", names, threshold=threshold), MaskScale(len(names))
    found = named_outputs(tf.constant(probabilities), task, scale)
    for text, row in zip(found["classes"].numpy(), probabilities, strict=True):
        chosen = [name for name, share in zip(names, row, strict=True) if share >= np.float32(threshold)]
        assert text.decode() == json.dumps(chosen, ensure_ascii=False)
    assert np.array_equal(found["probabilities"], probabilities)


@pytest.mark.parametrize(("scale", "task"), [(PARTS[TASK.tasks[4]], TASK.tasks[4]), (SCALE, TASK)])
def test_several_answers_are_learned(scale: Scale, task: Task) -> None:
    """A model that sees the labels themselves learns to answer them."""
    labels = LABELS[4] if isinstance(scale, MaskScale) else LABELS
    learned = scale.learned(labels)  # type: ignore[arg-type]
    inputs = keras.Input(learned.shape[1:], name="x")
    keras.utils.set_random_seed(1)
    model = ended(keras.Model(inputs, output_layer(task)(keras.layers.Dense(32, "relu")(inputs))), task)
    model.compile(keras.optimizers.Adam(0.05), loss_of(task, Training()))
    before = model.evaluate(learned, learned, verbose=0)
    model.fit(learned, learned, epochs=60, verbose=0)
    assert model.evaluate(learned, learned, verbose=0) < before / 5
