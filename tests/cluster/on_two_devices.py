"""Training on two devices, against one: run by test_two_devices.py in a process whose CPU is divided into two."""

from collections.abc import Iterator
from pathlib import Path

import keras
import numpy as np
import pytest
import tensorflow as tf

from components.features.encoded import Encoded, Features
from components.training.checkpoints import Checkpoints
from components.training.datasets import Held
from components.training.devices import Devices
from components.training.distributed import Distributed
from components.training.fitting import Data, Fitted, fit_ensemble, steps_of
from components.training.models import tabular
from components.training.models.heads import compile_for
from schemas import events
from schemas.features import Category, Number
from schemas.models import Tabular
from schemas.tasks import BinaryClassification, MulticlassClassification, Regression, Task
from schemas.training import Training

cpu = tf.config.list_physical_devices("CPU")[0]
tf.config.set_logical_device_configuration(cpu, [tf.config.LogicalDeviceConfiguration()] * 2)
TASKS: tuple[Task, ...] = (
    BinaryClassification("y", ("no", "yes")),
    MulticlassClassification("y", ("low", "middle", "high")),
    Regression("y"),
)
SUNK = TASKS[0]
PLAIN = Tabular(hidden=(4,), dropout=0.0)
COUNTS = {"rows": 65, "labels": {"y": {"counts": {"0": 45, "1": 20}}}}
# One for all tests: a second one would use the first one's keys for other tensors.
STRATEGY = tf.distribute.MirroredStrategy(["CPU:0", "CPU:1"])


def on_two() -> Devices:
    return Devices(STRATEGY, "2 CPUs")


def on_one() -> Devices:
    return Devices(tf.distribute.get_strategy(), "CPU")


def features(task: Task) -> Features:
    return Features("ships", task, {"x": Encoded(Number(), ()), "flag": Encoded(Category(), (), "int64", 40)})


def held(rows: int, task: Task = SUNK, seed: int = 0) -> Held:
    random = np.random.default_rng(seed)
    x = random.normal(size=rows).astype(np.float32)
    flag = random.integers(0, 40, rows)
    label = x if task.classes_or_none is None else np.digitize(x, np.linspace(-0.5, 0.5, len(task.classes_or_none) - 1))
    return Held({"x": tf.constant(x), "flag": tf.constant(flag)}, tf.constant(label))


def fitted(
    training: Training, devices: Devices, folder: Path, spec: Tabular = PLAIN, task: Task = SUNK, rows: int = 65
) -> keras.Model:
    data = Data(held(rows, task), held(33, task, 1), COUNTS)
    return fit_ensemble(
        lambda: tabular.build(spec, features(task)), features(task), data, training, devices, str(folder)
    ).model


def assert_same(one: keras.Model, other: keras.Model, rtol: float = 1e-3) -> None:
    for a, b in zip(one.get_weights(), other.get_weights(), strict=True):
        np.testing.assert_allclose(a, b, rtol=rtol, atol=1e-5)


@pytest.mark.parametrize("task", TASKS, ids=lambda task: type(task).__name__)
def test_two_devices_learn_from_a_whole_batch_what_keras_does_on_one(task: Task, tmp_path: Path) -> None:
    training = Training(epochs=5, batch_size=65, learning_rate=3e-2)
    assert_same(*(fitted(training, devices, tmp_path, task=task) for devices in (on_one(), on_two())))


@pytest.mark.parametrize(
    ("changes", "spec"),
    [
        ({"balanced": True}, PLAIN),
        ({"weight_decay": 0.5}, PLAIN),
        ({"schedule": "cosine", "epochs": 8}, PLAIN),
        ({}, Tabular(hidden=(4,), dropout=0.0, l1=1e-2, l2=1e-2)),
        ({"precision": "mixed_float16"}, PLAIN),
        ({"ensemble": 2}, PLAIN),
    ],
    ids=["balanced", "weight_decay", "cosine", "penalty", "half", "ensemble"],
)
def test_every_part_of_a_training_means_the_same_on_two_devices(
    changes: dict[str, object], spec: Tabular, tmp_path: Path
) -> None:
    training = Training(**{"epochs": 5, "batch_size": 65, "learning_rate": 3e-2} | changes)
    rtol = 2e-2 if training.precision != "float32" else 1e-3
    assert_same(*(fitted(training, devices, tmp_path, spec) for devices in (on_one(), on_two())), rtol=rtol)


@pytest.mark.parametrize(("loss", "other"), [("absolute", "squared"), ("huber", "absolute")])
def test_a_regression_s_loss_is_its_own(loss: str, other: str, tmp_path: Path) -> None:
    training = {"epochs": 5, "batch_size": 65, "learning_rate": 3e-2}
    regression = TASKS[2]
    one, two = (fitted(Training(**training, loss=loss), d, tmp_path, task=regression) for d in (on_one(), on_two()))
    assert_same(one, two)
    with pytest.raises(AssertionError):
        assert_same(two, fitted(Training(**training, loss=other), on_two(), tmp_path, task=regression))


def distributed(
    devices: Devices, training: Training, rows: int = 65, spec: Tabular = PLAIN
) -> tuple[Distributed, tf.data.Dataset, Held]:
    keras.utils.set_random_seed(training.seed)
    with devices.strategy.scope():
        model = tabular.build(spec, features(SUNK))
        compile_for(model, SUNK, training, steps_of(rows, training))
    batches = held(rows).shuffled(training.batch_size, training.seed, endless=False).repeat()
    return Distributed(model, SUNK, training, devices.strategy), batches, held(33, seed=1)


def stopping(training: Training) -> list[keras.callbacks.Callback]:
    return [keras.callbacks.EarlyStopping("val_loss", patience=training.patience, restore_best_weights=True)]


@pytest.mark.parametrize(
    "batch_size", [32, 7, 1], ids=["a last batch of one row", "odd batches", "fewer rows than devices"]
)
def test_batches_that_cannot_be_divided_are_learned_from_as_on_one_device(batch_size: int) -> None:
    training = Training(epochs=2, batch_size=batch_size, learning_rate=1e-2)
    made, histories = [], []
    for devices in (on_one(), on_two()):
        trainer, batches, evaluation = distributed(devices, training)
        histories.append(trainer.fit(batches, evaluation, training, steps_of(65, training), stopping(training)).history)
        made.append(trainer.model)
    assert_same(*made)
    for name, values in histories[0].items():
        assert histories[1][name] == pytest.approx(values, rel=1e-4)


def judged_on_one(model: keras.Model, evaluation: Held) -> list[float]:
    """Loss and accuracy, by Keras."""
    plain = tabular.build(PLAIN, features(SUNK))
    plain.set_weights(model.get_weights())
    compile_for(plain, SUNK, Training(), 1)
    return plain.evaluate(evaluation.in_order(8), verbose=0)


def test_what_is_reported_is_what_keras_measures() -> None:
    training = Training(epochs=1, batch_size=16, learning_rate=1e-2)
    trainer, batches, evaluation = distributed(on_two(), training)
    history = trainer.fit(batches, evaluation, training, 5, stopping(training)).history
    loss, accuracy = judged_on_one(trainer.model, evaluation)
    assert (history["val_loss"][-1], history["val_accuracy"][-1]) == pytest.approx((loss, accuracy), rel=1e-5)
    assert set(history) == {"loss", "accuracy", "val_loss", "val_accuracy"}


def test_normalised_and_dropped_out_layers_keep_their_weights_finite(tmp_path: Path) -> None:
    spec = Tabular(hidden=(8,), dropout=0.5, batch_norm=True)
    model = fitted(Training(epochs=3, batch_size=32), on_two(), tmp_path, spec)
    assert all(np.isfinite(weight).all() for weight in model.get_weights())


def test_what_each_device_found_of_its_rows_is_shared() -> None:
    training = Training(epochs=2, batch_size=32)
    spec = Tabular(hidden=(8,), dropout=0.0, batch_norm=True)
    trainer, batches, evaluation = distributed(on_two(), training, spec=spec)
    without_restoring = [keras.callbacks.EarlyStopping("val_loss")]  # which would set all devices' weights
    trainer.fit(batches, evaluation, training, 3, without_restoring)
    for variable in trainer.model.weights:
        one, other = STRATEGY.experimental_local_results(variable.value)
        np.testing.assert_array_equal(one, other)


def test_an_epoch_of_a_long_split_ends_after_its_steps(tmp_path: Path) -> None:
    training = Training(epochs=3, batch_size=8, steps_per_epoch=4)
    heard: list[events.Event] = []
    with events.listening(heard.append):
        fitted(training, on_two(), tmp_path, rows=100)
    assert [str(event).partition(":")[0] for event in heard] == ["epoch 1/3", "epoch 2/3", "epoch 3/3"]
    trainer, batches, evaluation = distributed(on_two(), training, 100)
    trainer.fit(batches, evaluation, training, steps_of(100, training), stopping(training))
    assert trainer.model.optimizer.iterations.numpy() == 12


def test_training_stops_and_keeps_the_weights_that_were_best() -> None:
    training = Training(epochs=50, batch_size=16, learning_rate=5e-2, patience=3)
    trainer, batches, evaluation = distributed(on_two(), training)
    inverted = Held(evaluation.features, 1 - evaluation.label)  # what is learned is wrong there
    losses = trainer.fit(batches, inverted, training, 5, stopping(training)).history["val_loss"]
    assert len(losses) == 1 + np.argmin(losses) + 3 < 50
    loss, _ = judged_on_one(trainer.model, inverted)
    assert loss == pytest.approx(min(losses), rel=1e-4) and loss < losses[-1]


def test_where_one_device_overflows_no_device_learns_the_step() -> None:
    training = Training(epochs=1, batch_size=8, precision="mixed_float16")
    devices = on_two()
    keras.utils.set_random_seed(1)
    with devices.strategy.scope():
        keras.config.set_dtype_policy("mixed_float16")
        model = tabular.build(PLAIN, features(SUNK))
        keras.config.set_dtype_policy("float32")
        compile_for(model, SUNK, training, 1)
    before = model.get_weights()
    x = np.zeros(8, np.float32)
    x[-1] = 1e30  # infinite in half precision, and a row of the second device
    rows = Held({"x": tf.constant(x), "flag": tf.zeros(8, tf.int64)}, tf.ones(8, tf.int64))
    scale = float(model.optimizer.initial_scale)
    trainer = Distributed(model, SUNK, training, devices.strategy)
    trainer.fit(rows.in_order(8).repeat(), held(33), training, 1, [keras.callbacks.EarlyStopping("val_loss")])
    for a, b in zip(before, model.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)
    assert model.optimizer.dynamic_scale.numpy() == scale / 2


class InterruptedByTestError(Exception):
    """Of the test."""


@pytest.fixture
def interrupting() -> Iterator[events.Listener]:
    """A listener that raises at the end of an epoch."""

    def listener(event: events.Event) -> None:
        if str(event).startswith(("epoch 3/5 of model 2/2", "epoch 4/6:")):
            raise InterruptedByTestError

    yield listener


@pytest.mark.parametrize("training", [
    Training(epochs=6, batch_size=16, learning_rate=3e-2, schedule="cosine"),
    Training(epochs=5, batch_size=16, learning_rate=3e-2, ensemble=2),
    Training(epochs=6, batch_size=8, steps_per_epoch=3, weight_decay=0.1),
], ids=["one", "ensemble", "long"])  # fmt: skip
def test_an_interrupted_training_ends_as_if_it_had_not_been(
    training: Training, interrupting: events.Listener, tmp_path: Path
) -> None:
    spec = Tabular(hidden=(8,), dropout=0.3, batch_norm=True)
    data = Data(held(65), held(33, seed=1), COUNTS)
    checkpoints = Checkpoints(tmp_path / "kept", writes=True)

    def run(kept: Checkpoints | None) -> Fitted:
        def make() -> keras.Model:
            return tabular.build(spec, features(SUNK))

        return fit_ensemble(make, features(SUNK), data, training, on_two(), str(tmp_path / "logs"), kept)

    whole = run(None)
    with pytest.raises(InterruptedByTestError), events.listening(interrupting):
        run(checkpoints)
    heard: list[events.Event] = []
    with events.listening(heard.append):
        resumed = run(checkpoints)
    lines = list(map(str, heard))
    going_on = next(place for place, line in enumerate(lines) if line.startswith("going on after epoch"))
    assert len(lines) - going_on - 1 == 3  # epochs: the interrupted one anew, and those after it
    assert_same(whole.model, resumed.model, rtol=1e-4)
    assert [(epoch.member, epoch.epoch) for epoch in resumed.curves] == [
        (epoch.member, epoch.epoch) for epoch in whole.curves
    ]
    for one, other in zip(whole.curves, resumed.curves, strict=True):
        assert one.train == pytest.approx(other.train, rel=1e-3) and one.eval == pytest.approx(other.eval, rel=1e-3)
