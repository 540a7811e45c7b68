"""The Keras models themselves: shapes, numbers, regularisation, and the user's own."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf

from components.features import derived
from components.features.encoded import Features, encoded
from components.features.label_scale import LabelScale
from components.training.export import export
from components.training.models.augmentation import augmented
from components.training.models.heads import compile_for
from components.training.models.layers import BagOfIds, MaskedMean
from components.training.models.periodic import Periodic
from schemas.description import Description
from schemas.errors import SpecError
from schemas.features import Category, Feature, Image, Number, Text
from schemas.models import Convolutional, Custom, Model, NGrams, Sequence, Tabular
from schemas.tasks import BinaryClassification, MulticlassClassification, Regression, Task
from schemas.training import Training

TASKS = [
    (BinaryClassification("y", ("no", "yes")), 1),
    (MulticlassClassification("y", ("a", "b", "c")), 3),
    (Regression("y"), 1),
]
TABLE: dict[str, Feature] = {
    "words": Text(vocabulary=8, length=3),
    "bag": Text(encoding="tf_idf", vocabulary=8, length=2),
    "flag": Category(names=("red", "white")),
    "port": Category(names=tuple("abcdefgh")),
    "tons": Number(),
    "crew": Number(indicator=True),
    "year": Number(buckets=3),
}
WORDS = np.array([[2, 3, 0], [0, 0, 0]], np.int64)  # the second text is empty
ROWS: dict[str, np.ndarray] = {
    "words": WORDS,
    "bag": np.array([[1, 7], [0, 0]], np.int64),
    "bag (weights)": np.array([[0.6, 0.8], [0, 0]], np.float32),
    "flag": np.array([0, 3], np.int64),
    "port": np.array([9, 1], np.int64),
    "tons": np.array([0.5, -1], np.float32),
    "crew": np.array([[0.5, 0], [0, 1]], np.float32),
    "year": np.array([0, 3], np.int64),
}
PICTURE: dict[str, Feature] = {"picture": Image(height=8, width=8)}
PICTURES = {"picture": np.random.default_rng(0).random((2, 8, 8, 1), np.float32)}
TITLE: dict[str, Feature] = {"title": Text(vocabulary=8, length=3)}
IDS: dict[str, Feature] = {"words": Text(vocabulary=8, length=3)}
BAG: dict[str, Feature] = {"bag": Text(encoding="multi_hot", vocabulary=8, length=2)}
BAGS = {"bag": ROWS["bag"]}
KINDS: list[tuple[Model, dict[str, Feature], dict[str, np.ndarray]]] = [
    (Tabular(hidden=(4,), embed_above=4), TABLE, ROWS),
    (Tabular(hidden=(), wide=True, l1=1e-3), TABLE, ROWS),
    (Tabular(hidden=(4, 2), wide=True, l2=1e-4, batch_norm=True), TABLE, ROWS),
    *(
        (Tabular(hidden=(4,), reader=reader, filters=(2,)), TABLE | PICTURE | TITLE, ROWS | PICTURES | {"title": WORDS})
        for reader in ("mean", "conv", "gru")
    ),
    (Tabular(hidden=(4,), periodic=3), TABLE, ROWS),
    (Convolutional(filters=(2, 3), hidden=4), PICTURE, PICTURES),
    (Convolutional(filters=(2,), batch_norm=True, shift=0.1, rotate=0.1, zoom=0.1, flip=True), PICTURE, PICTURES),
    (Sequence(reader="conv", width=4), IDS, {"words": WORDS}),
    (Sequence(reader="gru", width=4, batch_norm=True), IDS, {"words": WORDS}),
    (NGrams(hidden=()), BAG, BAGS),
    (NGrams(hidden=(4, 2), input_dropout=0.1, l2=1e-4), BAG, BAGS),
    *(
        (Custom(f"tests.components.training.test_models:{build}"), TABLE, ROWS)
        for build in ("sequential", "functional", "subclassed")
    ),
    (Custom("tests.components.training.test_models:sequential_pictures"), PICTURE, PICTURES),
]


def sequential(features: Features) -> keras.Model:
    return keras.Sequential([keras.layers.Dense(4, activation="relu"), features.output()])


def sequential_pictures(features: Features) -> keras.Model:
    return keras.Sequential([keras.layers.Conv2D(2, 3), keras.layers.Flatten(), features.output()])


def functional(features: Features) -> keras.Model:
    inputs = features.inputs()
    year = keras.layers.Embedding(features["year"].ids, 2)(inputs["year"])
    joined = keras.layers.Concatenate()([inputs["crew"], year])
    return keras.Model(inputs, features.output()(joined))


def subclassed(features: Features) -> keras.Model:
    class Ships(keras.Model):
        def __init__(self) -> None:
            super().__init__()
            self.last = features.output()

        def call(self, inputs: dict[str, Any]) -> Any:
            return self.last(inputs["crew"])

    return Ships()


def no_model(features: Features) -> str:
    return "a model"


def too_wide(features: Features) -> keras.Model:
    return keras.Sequential([keras.layers.Dense(7)])


def model_of(spec: Model, task: Task, features: dict[str, Feature]) -> keras.Model:
    transform: Any = SimpleNamespace(vocabulary_size_by_name=lambda _: 8)
    return derived.load(spec.builder)(spec, encoded(Description("ships", task, features), transform))


@pytest.mark.parametrize(("task", "width"), TASKS)
@pytest.mark.parametrize(("spec", "features", "rows"), KINDS)
def test_a_model_trains_and_answers_with_finite_numbers(
    spec: Model, features: dict[str, Feature], rows: dict[str, np.ndarray], task: Task, width: int
) -> None:
    assert spec.unsuited(features) is None
    keras.utils.set_random_seed(1)
    model = model_of(spec, task, features)
    with tf.GradientTape() as tape:
        answer = model(rows, training=True)
        total = tf.reduce_sum(answer[:, 0]) + tf.add_n([*model.losses, 0.0])
    assert answer.shape == (2, width)
    gradients = tape.gradient(total, model.trainable_variables)
    assert all(np.isfinite(tf.convert_to_tensor(g)).all() for g in gradients if g is not None)
    answer = np.asarray(model(rows, training=False))
    assert np.isfinite(answer).all()
    if task.classes_or_none:
        assert ((answer >= 0) & (answer <= 1)).all()


@pytest.mark.parametrize(
    ("build", "message"),
    [
        ("no_model", "received str; a keras.Model is expected"),
        ("too_wide", r"\(None, 7\); one .* \(None, 3\) is expected"),
    ],
)
def test_what_is_no_model_of_the_task_is_refused(build: str, message: str) -> None:
    with pytest.raises(SpecError, match=f"test_models:{build}: .*{message}"):
        model_of(Custom(f"tests.components.training.test_models:{build}"), TASKS[1][0], TABLE)


def test_a_wide_model_without_hidden_layers_is_linear() -> None:
    model = model_of(Tabular(hidden=(), wide=False), Regression("y"), {"tons": Number()})
    zero, one, three = (float(model({"tons": np.array([x], np.float32)})[0, 0]) for x in (0, 1, 3))
    assert three - zero == pytest.approx(3 * (one - zero), rel=1e-5)


def test_penalties_are_part_of_the_loss() -> None:
    for spec in (Tabular(hidden=(4,), l1=0.1), Tabular(hidden=(4,), l2=0.1), Sequence(l2=0.1), NGrams(l1=0.1)):
        features = TABLE if isinstance(spec, Tabular) else IDS if isinstance(spec, Sequence) else BAG
        assert sum(map(float, model_of(spec, TASKS[0][0], features).losses)) > 0


def test_a_bag_is_a_dense_layer_over_multi_hot_vectors() -> None:
    layer = BagOfIds(9, 3)
    ids, weights = np.array([[1, 4, 8], [2, 0, 0]]), np.array([[0.5, 2, 1], [3, 9, 9]], np.float32)
    vectors = np.zeros((2, 9), np.float32)
    for row in range(2):
        for position, id_ in enumerate(ids[row]):
            vectors[row, id_] += weights[row, position] * (id_ != 0)
    answer = np.asarray(layer(ids, weights))
    np.testing.assert_allclose(answer, vectors @ np.asarray(layer.kernel) + np.asarray(layer.bias), rtol=1e-5)
    np.testing.assert_allclose(
        np.asarray(layer(ids)), (vectors != 0) @ np.asarray(layer.kernel) + np.asarray(layer.bias), rtol=1e-5
    )


def test_pictures_are_changed_in_training_alone() -> None:
    picture = keras.Input((8, 8, 1))
    spec = Convolutional(shift=0.2, rotate=0.1, zoom=0.2, flip=True)
    model = keras.Model(picture, augmented(picture, spec))
    pictures = PICTURES["picture"]
    np.testing.assert_array_equal(np.asarray(model(pictures, training=False)), pictures)
    assert not np.allclose(np.asarray(model(pictures, training=True)), pictures)


class Pixels(tf.Module):
    """Stands where Transform's graph does: bytes of 64 float32 to a picture."""

    def __call__(self, columns: dict[str, tf.Tensor]) -> dict[str, tf.Tensor]:
        return {"picture": tf.reshape(tf.io.decode_raw(columns["picture"], tf.float32), [-1, 8, 8, 1])}


def test_a_model_that_was_trained_with_changed_pictures_can_be_exported(tmp_path: Path) -> None:
    spec = Convolutional(filters=(2,), shift=0.1, rotate=0.1, zoom=0.1, flip=True)
    task = BinaryClassification("y", ("no", "yes"))
    model = model_of(spec, task, PICTURE)
    compile_for(model, task, Training(), 1)
    model.fit(PICTURES, np.array([0, 1]), verbose=0)
    transform: Any = Pixels()
    export(model, Description("ships", task, PICTURE), transform, LabelScale(), str(tmp_path))
    predict = tf.saved_model.load(str(tmp_path)).signatures["predict"]
    pictures = PICTURES["picture"]
    answer = predict(picture=tf.constant([picture.tobytes() for picture in pictures]))
    np.testing.assert_allclose(answer["probabilities"][:, 1:], model(PICTURES, training=False), atol=1e-6)
    assert answer["class"].numpy().tolist() == [b"yes" if p > 0.5 else b"no" for p in answer["probabilities"][:, 1]]


def test_without_rows_a_mean_is_zero() -> None:
    vectors = np.ones((2, 3, 4), np.float32)
    mask = np.array([[True, True, False], [False, False, False]])
    np.testing.assert_array_equal(np.asarray(MaskedMean()(vectors, mask=mask)), [[1] * 4, [0] * 4])


@pytest.mark.parametrize(
    ("spec", "features"),
    [
        (Tabular(), PICTURE),
        (Convolutional(), IDS),
        (Convolutional(), PICTURE | TABLE),
        (Sequence(), BAG),
        (Sequence(), TABLE),
        (NGrams(), IDS),
    ],
)
def test_a_model_says_which_features_it_cannot_read(spec: Model, features: dict[str, Feature]) -> None:
    assert spec.unsuited(features)


@pytest.mark.parametrize(("spec", "features", "rows"), KINDS[:-4])
def test_a_model_can_be_saved_by_keras(
    spec: Model, features: dict[str, Feature], rows: dict[str, np.ndarray], tmp_path: Path
) -> None:
    model = model_of(spec, TASKS[1][0], features)
    model.save(tmp_path / "model.keras")
    again = keras.models.load_model(tmp_path / "model.keras")
    np.testing.assert_allclose(
        np.asarray(again(rows, training=False)), np.asarray(model(rows, training=False)), atol=1e-6
    )


def test_periodic_is_a_dense_layer_over_the_waves_of_each_number() -> None:
    layer = Periodic(2, width=3)
    numbers = np.array([[0.25, -1.5], [0.0, 2.0]], np.float32)
    found = layer(numbers).numpy()
    frequency, kernel = layer.frequency.numpy(), layer.kernel.numpy()
    angles = 2 * np.pi * numbers[:, :, None] * frequency
    waves = np.concatenate([np.sin(angles), np.cos(angles)], axis=-1)
    expected = np.maximum(np.stack([waves[:, at] @ kernel[at] for at in range(2)], axis=1), 0)
    np.testing.assert_allclose(found, expected.reshape(2, 6), rtol=1e-4, atol=1e-5)
    again = Periodic.from_config(layer.get_config())
    assert (again.frequencies, again.width) == (2, 3)


def test_learned_frequencies_follow_what_a_small_network_alone_does_not() -> None:
    random = np.random.default_rng(1)
    numbers = random.normal(size=(2000, 1)).astype(np.float32)
    target = np.sign(np.sin(6 * numbers))
    errors = []
    for periodic in (0, 16):
        keras.utils.set_random_seed(1)
        model = model_of(Tabular(hidden=(16,), dropout=0, periodic=periodic), Regression("y"), {"tons": Number()})
        model.compile("adam", "mse")
        model.fit({"tons": numbers[:, 0]}, target, epochs=15, batch_size=64, verbose=0)
        errors.append(float(np.mean((model.predict({"tons": numbers[:, 0]}, verbose=0) - target) ** 2)))
    assert errors[1] < 0.6 * errors[0]
