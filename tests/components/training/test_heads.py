"""The loss and the optimizer that a training asks for."""

from pathlib import Path

import keras
import numpy as np
import pytest
import tensorflow as tf

from components.features.encoded import Encoded, Features
from components.training.datasets import Held
from components.training.devices import Devices
from components.training.fitting import Data, fit_ensemble
from components.training.models import tabular
from components.training.models.heads import loss_of, optimizer_for
from schemas import settings
from schemas.features import Number
from schemas.models import Tabular
from schemas.tasks import BinaryClassification, MulticlassClassification, Regression, Task
from schemas.training import Training

BINARY: Task = BinaryClassification("sunk", ("no", "yes"))
SEVERAL: Task = MulticlassClassification("kind", ("brig", "cog", "sloop"))
NUMBER: Task = Regression("tons")
OPTIMIZERS = settings.by_name(Training)["optimizer"].rule.choices
RNG = np.random.default_rng(0)
LABELS = RNG.integers(0, 3, size=20)
ANSWERS = RNG.dirichlet([1, 1, 1], size=20).astype(np.float32)
SUNK = RNG.integers(0, 2, size=(20, 1))
CHANCES = RNG.uniform(0.05, 0.95, size=(20, 1)).astype(np.float32)


def losses(task: Task, label: np.ndarray, answer: np.ndarray, **training: object) -> np.ndarray:
    return np.asarray(loss_of(task, Training(**training))(tf.constant(label), tf.constant(answer)))


def focal(target: np.ndarray, answer: np.ndarray, gamma: float) -> np.ndarray:
    """Lin et al. (2017), equation 4, summed over classes as Keras does with smoothed targets."""
    return -np.sum(target * (1 - answer) ** gamma * np.log(answer), axis=-1)


def smoothed(target: np.ndarray, share: float) -> np.ndarray:
    return target * (1 - share) + share / target.shape[-1]


@pytest.mark.parametrize("smoothing", [0.0, 0.1])
@pytest.mark.parametrize(("loss", "gamma"), [("auto", 0.0), ("cross_entropy", 0.0), ("focal", 0.0), ("focal", 2.0)])
def test_losses_of_several_classes_are_their_formulas(loss: str, gamma: float, smoothing: float) -> None:
    found = losses(SEVERAL, LABELS, ANSWERS, loss=loss, focal_gamma=gamma, label_smoothing=smoothing)
    assert found == pytest.approx(focal(smoothed(np.eye(3)[LABELS], smoothing), ANSWERS, gamma), rel=1e-4)


@pytest.mark.parametrize("smoothing", [0.0, 0.1])
@pytest.mark.parametrize("loss", ["auto", "focal"])
def test_losses_of_two_classes_are_their_formulas(loss: str, smoothing: float) -> None:
    target = smoothed(np.concatenate([1 - SUNK, SUNK], axis=1), smoothing)
    both = np.concatenate([1 - CHANCES, CHANCES], axis=1)
    found = losses(BINARY, SUNK, CHANCES, loss=loss, focal_gamma=2.0, label_smoothing=smoothing)
    if loss == "focal":  # Keras weighs a row by one minus the chance of its smoothed label
        expected = (1 - np.sum(target * both, axis=-1)) ** 2 * focal(target, both, 0)
    else:
        expected = focal(target, both, 0)
    assert found == pytest.approx(expected, rel=1e-4)


def test_losses_of_a_number_are_those_of_errors() -> None:
    label, answer = np.zeros((3, 1), np.float32), np.array([[0.5], [-1.0], [3.0]], np.float32)
    assert losses(NUMBER, label, answer) == pytest.approx([0.25, 1, 9])
    assert losses(NUMBER, label, answer, loss="absolute") == pytest.approx([0.5, 1, 3])
    assert losses(NUMBER, label, answer, loss="huber") == pytest.approx([0.125, 0.5, 2.5])


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_each_optimizer_is_keras_s_with_the_rate_and_the_decay(name: str) -> None:
    found = optimizer_for(Training(optimizer=name, learning_rate=0.25, weight_decay=0.01), 9)
    assert type(found).__name__.lower() == ("adamw" if name == "adam" else name)
    assert float(found.learning_rate) == 0.25 and found.weight_decay == 0.01
    assert not optimizer_for(Training(optimizer=name), 9).weight_decay


def test_sgd_has_the_momentum() -> None:
    found = optimizer_for(Training(optimizer="sgd", momentum=0.5), 9)
    assert found.momentum == 0.5 and found.nesterov


@pytest.mark.parametrize("name", OPTIMIZERS)
@pytest.mark.parametrize("loss", ["cross_entropy", "focal"])
def test_every_optimizer_learns_by_every_loss(name: str, loss: str, tmp_path: Path) -> None:
    x = np.random.default_rng(1).normal(size=96).astype(np.float32)
    kinds = Held({"x": tf.constant(x)}, tf.constant(np.digitize(x, (-0.5, 0.5)).astype(np.int64)))
    rate = {"sgd": 0.1, "lion": 1e-2}.get(name, 3e-2)
    training = Training(epochs=25, batch_size=16, learning_rate=rate, optimizer=name, loss=loss, balanced=True)
    summary = {"rows": 96, "labels": {"kind": {"counts": {str(n): int(np.sum(kinds.label == n)) for n in range(3)}}}}
    features = Features("ships", SEVERAL, {"x": Encoded(Number(), ())})
    here = Devices(tf.distribute.get_strategy(), "CPU")

    def make() -> keras.Model:
        return tabular.build(Tabular(hidden=(8,), dropout=0.0), features)

    model = fit_ensemble(make, features, Data(kinds, kinds, summary), training, here, str(tmp_path)).model
    right = np.argmax(np.asarray(model({"x": x}, training=False)), axis=1) == kinds.label
    assert np.mean(right) > 0.8
