"""How weights are found: steps, schedule, class weights, early stopping, ensembles, seeds."""

from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf
from sklearn.utils.class_weight import compute_class_weight

from components.features.encoded import Encoded, Features
from components.training.datasets import Held
from components.training.devices import Devices
from components.training.fitting import Data, Fitter, class_weights, fit_ensemble, steps_of
from components.training.models import tabular
from components.training.models.heads import compile_for, optimizer_for
from schemas import events
from schemas.curves import Curve
from schemas.features import Number
from schemas.models import Tabular
from schemas.tasks import BinaryClassification, MulticlassClassification, Regression, Task
from schemas.training import Training

SUNK = BinaryClassification("sunk", ("no", "yes"))
FEATURES = Features("ships", SUNK, {"x": Encoded(Number(), ())})
QUICK = Training(epochs=3, batch_size=16, learning_rate=1e-2)


def held(rows: int, *, slope: float = 1.0, seed: int = 0) -> Held:
    """One number x, and whether ``slope * x`` is above 0."""
    x = np.random.default_rng(seed).normal(size=rows).astype(np.float32)
    return Held({"x": tf.constant(x)}, tf.constant((slope * x > 0).astype(np.int64)))


def counted(counts: dict[int, int], label: str = SUNK.label) -> dict[str, Any]:
    """ExampleGen's summary of a split."""
    return {"rows": sum(counts.values()), "labels": {label: {"counts": {str(index): n for index, n in counts.items()}}}}


DATA = Data(held(64), held(32, seed=1), counted({0: 48, 1: 16}))


def make() -> keras.Model:
    return tabular.build(Tabular(hidden=(4,)), FEATURES)


def here() -> Devices:
    return Devices(tf.distribute.get_strategy(), "CPU")


def fitted(training: Training, folder: Path, data: Data = DATA) -> keras.Model:
    return fit_ensemble(make, FEATURES, data, training, here(), str(folder)).model


def answers(model: keras.Model) -> np.ndarray:
    return np.asarray(model({"x": np.linspace(-2, 2, 9, dtype=np.float32)}, training=False))


@pytest.mark.parametrize("counts", [{0: 90, 1: 10}, {0: 5, 1: 20, 2: 75}, {2: 1, 0: 3}])
def test_balanced_weights_are_scikit_learn_s(counts: dict[int, int]) -> None:
    task: Task = MulticlassClassification("y", ("a", "b", "c"))
    labels = np.repeat(list(counts), list(counts.values()))
    found = class_weights(task, counted(counts, "y"))
    expected = compute_class_weight("balanced", classes=np.array(list(counts)), y=labels)
    assert found == pytest.approx(dict(zip(counts, expected, strict=True)))


def test_a_regression_has_no_class_weights() -> None:
    assert class_weights(Regression("y"), {}) is None


@pytest.mark.parametrize(
    ("rows", "batch_size", "most", "steps"), [(64, 32, 1000, 2), (65, 32, 1000, 3), (65, 32, 2, 2), (900, 8, 34, 34)]
)
def test_an_epoch_is_a_pass_or_the_most_steps(
    rows: int, batch_size: int, most: int, steps: int, tmp_path: Path
) -> None:
    training = Training(epochs=2, batch_size=batch_size, steps_per_epoch=most)
    assert steps_of(rows, training) == steps
    model = fitted(training, tmp_path, Data(held(rows), held(8), {}))
    assert int(model.optimizer.iterations) == 2 * steps


def test_a_cosine_rises_for_a_tenth_of_the_steps_and_falls_to_zero() -> None:
    optimizer = optimizer_for(Training(learning_rate=0.5, schedule="cosine"), 200)
    rates = []
    for step in range(201):
        optimizer.iterations.assign(step)
        rates.append(float(optimizer.learning_rate))
    assert rates[0] == 0 and max(rates) == rates[20] == pytest.approx(0.5)
    assert np.all(np.diff(rates[:21]) > 0) and np.all(np.diff(rates[20:]) < 0)
    assert rates[110] == pytest.approx(0.25, rel=1e-3) and rates[200] == pytest.approx(0, abs=1e-6)


@pytest.mark.parametrize("steps", [1, 2, 5])
def test_a_cosine_of_a_few_steps_has_finite_rates(steps: int) -> None:
    optimizer = optimizer_for(Training(schedule="cosine"), steps)
    for step in range(steps + 1):
        optimizer.iterations.assign(step)
        assert 0 <= float(optimizer.learning_rate) <= 1.001e-3


def test_weight_decay_asks_for_another_optimizer() -> None:
    assert float(optimizer_for(Training(learning_rate=0.1), 9).learning_rate) == pytest.approx(0.1)
    decaying = optimizer_for(Training(weight_decay=0.01), 9)
    assert isinstance(decaying, keras.optimizers.AdamW) and decaying.weight_decay == 0.01


def test_training_stops_and_keeps_the_weights_that_were_best(tmp_path: Path) -> None:
    keras.utils.set_random_seed(1)
    training = Training(epochs=50, batch_size=16, learning_rate=3e-2, patience=3)
    model = make()
    compile_for(model, SUNK, training, 4)
    worse_each_epoch = Data(held(64), held(64, slope=-1), {})  # what is learned is wrong there
    fitter = Fitter(model, worse_each_epoch, SUNK, training, here())
    losses = fitter.fit(training, str(tmp_path)).history["val_loss"]
    assert len(losses) == 1 + np.argmin(losses) + 3 < 50
    loss, _ = model.evaluate(worse_each_epoch.evaluation.in_order(64), verbose=0)
    assert loss == pytest.approx(min(losses), rel=1e-5) and loss < losses[-1]


def test_a_model_learns_what_its_labels_say(tmp_path: Path) -> None:
    probabilities = answers(fitted(Training(epochs=40, batch_size=16, learning_rate=3e-2), tmp_path))[:, 0]
    assert probabilities[0] < 0.1 and probabilities[-1] > 0.9
    assert list(tmp_path.rglob("events.out.tfevents*"))


def test_where_classes_are_balanced_a_rare_one_is_answered_more_often(tmp_path: Path) -> None:
    rare = Held({"x": tf.zeros(64)}, tf.constant([1] * 6 + [0] * 58, tf.int64))  # x says nothing
    data = Data(rare, rare, counted({0: 58, 1: 6}))
    training = Training(epochs=30, batch_size=64, learning_rate=0.1, patience=30)
    plain, balanced = (
        float(answers(fitted(chosen, tmp_path, data))[4, 0])
        for chosen in (training, Training(**vars(training) | {"balanced": True}))
    )
    assert plain == pytest.approx(6 / 64, abs=0.03)
    assert balanced == pytest.approx(0.5, abs=0.03)


def test_the_same_seed_gives_the_same_weights(tmp_path: Path) -> None:
    one, same, other = (fitted(Training(**vars(QUICK) | {"seed": seed}), tmp_path) for seed in (7, 7, 8))
    for a, b in zip(one.get_weights(), same.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)
    assert not np.allclose(answers(one), answers(other))


def test_an_ensemble_answers_with_the_mean_of_its_members(tmp_path: Path) -> None:
    heard: list[events.Event] = []
    with events.listening(heard.append):
        together = fitted(Training(**vars(QUICK) | {"ensemble": 2, "seed": 3}), tmp_path)
    # Its members are what single models of the seeds 2 x 3 and 2 x 3 + 1 become.
    alone = [answers(fitted(Training(**vars(QUICK) | {"seed": seed}), tmp_path)) for seed in (6, 7)]
    assert not np.allclose(*alone)
    np.testing.assert_allclose(answers(together), np.mean(alone, axis=0), rtol=1e-6)
    assert [str(event).partition(":")[0] for event in heard[2:4]] == [
        "epoch 3/3 of model 1/2",
        "epoch 1/3 of model 2/2",
    ]
    assert {folder.name for folder in tmp_path.iterdir()} >= {"model_1", "model_2"}


def test_the_curves_of_a_training_are_those_of_its_history(tmp_path: Path) -> None:
    keras.utils.set_random_seed(1)
    training = Training(epochs=50, batch_size=16, learning_rate=3e-2, patience=3)
    model = make()
    compile_for(model, SUNK, training, 4)
    fitter = Fitter(model, Data(held(64), held(64, slope=-1), {}), SUNK, training, here())
    history = fitter.fit(training, str(tmp_path)).history
    epochs = fitter.curves
    assert [epoch.epoch for epoch in epochs] == list(range(1, len(history["loss"]) + 1))
    assert {(epoch.of, epoch.member, epoch.members) for epoch in epochs} == {(50, None, None)}
    for name in ("loss", "accuracy"):
        assert [epoch.train[name] for epoch in epochs] == history[name]
        assert [epoch.eval[name] for epoch in epochs] == history[f"val_{name}"]
    best = Curve(1, tuple(epochs)).best
    loss, _ = model.evaluate(held(64, slope=-1).in_order(64), verbose=0)
    assert best is not None and best.eval["loss"] == pytest.approx(loss, rel=1e-5)


def test_an_ensemble_has_a_curve_for_each_member(tmp_path: Path) -> None:
    data, training = DATA, Training(**vars(QUICK) | {"ensemble": 2})
    heard: list[events.Event] = []
    with events.listening(heard.append):
        curves = fit_ensemble(make, FEATURES, data, training, here(), str(tmp_path)).curves
    assert curves == heard
    assert [(epoch.member, epoch.members, epoch.epoch) for epoch in curves] == [
        (member, 2, epoch) for member in (1, 2) for epoch in (1, 2, 3)
    ]
    assert curves[0].train != curves[3].train  # each has a seed of its own


@pytest.mark.parametrize("precision", ["mixed_float16", "mixed_bfloat16"])
def test_half_precision_learns_the_same_and_answers_in_float32(precision: str, tmp_path: Path) -> None:
    training = Training(epochs=40, batch_size=16, learning_rate=3e-2)
    model = fitted(Training(**vars(training) | {"precision": precision}), tmp_path)
    assert {layer.dtype_policy.name for layer in model.layers} == {"float32"}
    assert keras.config.dtype_policy().name == "float32"
    np.testing.assert_allclose(answers(model), answers(fitted(training, tmp_path)), atol=0.05)


def test_a_compiled_step_learns_the_same(tmp_path: Path) -> None:
    def model_for(xla: bool) -> keras.Model:
        training = Training(**vars(QUICK) | {"xla": xla})
        without_dropout = Tabular(hidden=(4,), dropout=0.0)  # XLA's random numbers are others
        return fit_ensemble(
            lambda: tabular.build(without_dropout, FEATURES), FEATURES, DATA, training, here(), str(tmp_path)
        ).model

    plain, compiled = model_for(False), model_for(True)
    assert compiled.jit_compile and not plain.jit_compile
    np.testing.assert_allclose(answers(compiled), answers(plain), rtol=1e-4)
