"""The Keras models themselves: shapes, and outputs that are numbers."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf

from components.models import convolutional, tabular
from components.models.pooling import MaskedMean
from schemas.description import Description
from schemas.features import Category, Feature, Image, Number, Text
from schemas.models import Convolutional, Tabular
from schemas.tasks import BinaryClassification, MulticlassClassification, Regression, Task

TASKS = [
    (BinaryClassification("y", ("no", "yes")), 1),
    (MulticlassClassification("y", ("a", "b", "c")), 3),
    (Regression("y"), 1),
]
FEATURES: dict[str, Feature] = {
    "words": Text(vocabulary=8, length=3),
    "flag": Category(names=("red", "white")),
    "port": Category(names=tuple("abcdefgh")),
    "tons": Number(),
}
INPUTS = {
    "words": np.array([[2, 3, 0], [0, 0, 0]], np.int64),  # the second text is empty
    "flag": np.array([0, 3], np.int64),
    "port": np.array([9, 1], np.int64),
    "tons": np.array([0.5, -1], np.float32),
}
TRANSFORM: Any = SimpleNamespace(vocabulary_size_by_name=lambda _: 8)


def tabular_model(task: Task, features: dict[str, Feature] = FEATURES) -> keras.Model:
    spec = Tabular(hidden=(4,), l2=1e-4, embed_above=4)  # flag is one-hot, port is embedded
    return tabular.build(spec, Description("ships", task, features), TRANSFORM)


@pytest.mark.parametrize(("task", "width"), TASKS)
def test_a_tabular_model_answers_with_finite_numbers(task: Task, width: int) -> None:
    answer = np.asarray(tabular_model(task)(INPUTS))
    assert answer.shape == (2, width)
    assert np.isfinite(answer).all()


def test_an_empty_text_gives_a_finite_output_and_gradient() -> None:
    model = tabular_model(TASKS[0][0], {"words": FEATURES["words"]})
    with tf.GradientTape() as tape:
        answer = model({"words": INPUTS["words"]})
        total = tf.reduce_sum(answer)
    assert np.isfinite(np.asarray(answer)).all()
    gradients = tape.gradient(total, model.trainable_variables)
    assert all(np.isfinite(tf.convert_to_tensor(gradient)).all() for gradient in gradients)


def test_padding_does_not_count() -> None:
    model = tabular_model(TASKS[0][0], {"words": FEATURES["words"]})
    mean = next(layer for layer in model.layers if isinstance(layer, MaskedMean))
    words = np.asarray(keras.Model(model.inputs, mean.output)([INPUTS["words"]]))
    vectors = np.asarray(model.get_layer("words_embedding").embeddings)
    np.testing.assert_allclose(words, [vectors[2:4].mean(axis=0), 0 * vectors[0]], rtol=1e-5)


def test_the_masked_mean_is_that_of_the_kept_vectors() -> None:
    vectors = tf.constant([[[1.0, 2.0], [3.0, 4.0], [9.0, 9.0]]] * 2)
    mask = tf.constant([[True, True, False], [False, False, False]])
    assert np.asarray(MaskedMean()(vectors, mask=mask)).tolist() == [[2.0, 3.0], [0.0, 0.0]]


def test_a_model_with_an_empty_text_is_the_same_as_a_saved_model(tmp_path: Path) -> None:
    model = tabular_model(TASKS[1][0])
    model.export(str(tmp_path / "saved"), verbose=False)
    loaded = tf.saved_model.load(str(tmp_path / "saved"))
    served = loaded.serve({name: tf.constant(value) for name, value in INPUTS.items()})
    np.testing.assert_allclose(np.asarray(served), np.asarray(model(INPUTS)), rtol=1e-5)


@pytest.mark.parametrize(("task", "width"), TASKS)
@pytest.mark.parametrize("channels", [1, 3])
def test_a_convolutional_model_answers_with_finite_numbers(task: Task, width: int, channels: int) -> None:
    features: dict[str, Feature] = {"picture": Image(height=5, width=7, channels=channels)}
    model = convolutional.build(
        Convolutional(filters=(2, 3), hidden=4), Description("ships", task, features), TRANSFORM
    )
    answer = np.asarray(model({"picture": np.ones((2, 5, 7, channels), np.float32)}))
    assert answer.shape == (2, width)
    assert np.isfinite(answer).all()
